import type { EtcdAnswer, EtcdClient } from "../../../components/procedure/substrate";
import type { Calls } from "./calls";
import type { FakeData } from "./volumes";

/** How a member answers. */
export interface FakeMember {
  /** Does not answer although its instance runs. */
  silent: boolean;
  version: string;
  /** Default: what the members with one cluster id and a quorum make of it. */
  role: "leader" | "follower" | "learner" | "no-leader" | undefined;
  memberId: bigint;
  hash: string;
  dbSize: bigint;
  dbSizeInUse: bigint;
  quota: bigint | undefined;
}

type Answer = (member: string, argv: readonly string[]) => EtcdAnswer | string | undefined;

const ok = (stdout: string): EtcdAnswer => ({ code: 0, stdout, stderr: "" });
const refusedConnection: EtcdAnswer = { code: -1, stdout: "", stderr: "the member does not run" };
const deadline: EtcdAnswer = { code: 1, stdout: "", stderr: "Error: context deadline exceeded" };

/** etcd's own client over members in memory: status, hashes, alarms, a canary. Everything else by {@link on}. */
export class FakeEtcd implements EtcdClient {
  readonly of = new Map<string, FakeMember>();
  alarms = "";
  strangersOf: readonly string[] = [];
  /** How long every answer takes. */
  milliseconds = 0;
  private readonly given: { pattern: RegExp; answer: Answer }[] = [];

  constructor(
    private readonly calls: Calls,
    private readonly members: readonly string[],
    private readonly runs: (member: string) => boolean,
    private readonly dataOf: (member: string) => FakeData | undefined,
  ) {
    members.forEach((member, n) => {
      this.of.set(member, {
        ...{ silent: false, version: "3.6.14", role: undefined, memberId: BigInt(n + 1), hash: "77" },
        ...{ dbSize: 4096n, dbSizeInUse: 2048n, quota: 2147483648n },
      });
    });
  }

  member(name: string): FakeMember {
    const member = this.of.get(name);
    if (member === undefined) throw new Error(`no member ${name}`);
    return member;
  }

  /** Answers commands whose words match; undefined: as the fake would. A text is a good answer. */
  on(pattern: RegExp, answer: Answer): void {
    this.given.unshift({ pattern, answer });
  }

  answers(member: string): boolean {
    return this.runs(member) && this.dataOf(member) !== undefined && !this.member(member).silent;
  }

  /** Whether enough members of one cluster answer. */
  hasQuorum(): boolean {
    const alive = this.members.filter(
      (member) => this.answers(member) && this.member(member).role !== "no-leader",
    );
    return alive.length > this.members.length / 2;
  }

  run(
    member: string,
    argv: readonly string[],
    options: { readonly endpoints?: unknown } = {},
  ): Promise<EtcdAnswer> {
    const words = argv.join(" ");
    const where =
      options.endpoints === undefined || options.endpoints === "own" ? "" : ` at ${options.endpoints}`;
    return this.calls.make(`etcd.run ${member} ${words}${where}`, async () => {
      await new Promise((resolve) => setTimeout(resolve, this.milliseconds));
      for (const { pattern, answer } of this.given) {
        const given = pattern.test(words) ? answer(member, argv) : undefined;
        if (given !== undefined) return typeof given === "string" ? ok(given) : given;
      }
      return this.answer(member, words);
    });
  }

  strangers(member: string): Promise<readonly string[]> {
    return this.calls.make(`etcd.strangers ${member}`, () => this.strangersOf);
  }

  async configuredQuota(): Promise<bigint> {
    return 2147483648n;
  }

  private answer(member: string, words: string): EtcdAnswer {
    if (!this.runs(member)) return refusedConnection;
    if (!this.answers(member)) return deadline;
    if (words.startsWith("endpoint status")) return ok(this.status(member));
    if (words.startsWith("endpoint hashkv")) return ok(`"Hash" : ${this.member(member).hash}\n`);
    if (!this.hasQuorum()) return deadline;
    if (words.startsWith("alarm list")) return ok(this.alarms);
    return ok("");
  }

  private status(name: string): string {
    const member = this.member(name);
    const data = this.dataOf(name);
    const leaderId = this.hasQuorum() ? this.leader() : 0n;
    const leader = member.role === "leader" ? member.memberId : member.role === "no-leader" ? 0n : leaderId;
    return [
      `"ClusterID" : ${data?.clusterId}`,
      `"MemberID" : ${member.memberId}`,
      `"Revision" : ${data?.revision}`,
      '"RaftTerm" : 2',
      `"Version" : "${member.version}"`,
      `"DBSize" : ${member.dbSize}`,
      `"DBSizeInUse" : ${member.dbSizeInUse}`,
      ...(member.quota === undefined ? [] : [`"DBSizeQuota" : ${member.quota}`]),
      `"Leader" : ${leader}`,
      `"IsLearner" : ${member.role === "learner"}`,
      '"RaftIndex" : 9',
      '"RaftTerm" : 2',
      '"RaftAppliedIndex" : 9',
      "",
    ].join("\n");
  }

  private leader(): bigint {
    const chosen = this.members.find((name) => this.member(name).role === "leader");
    const first =
      chosen ?? this.members.find((name) => this.answers(name) && this.member(name).role === undefined);
    return first === undefined ? 0n : this.member(first).memberId;
  }
}
