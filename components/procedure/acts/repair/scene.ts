import type { ActContext } from "../../act";
import { askStatus, lastWords, type MemberStatus } from "../../etcdStatus";
import { type ListedMember, parseMemberList } from "../../judgements/memberList";
import { silentOther } from "../../judgements/repair";
import type { LedgerRecord } from "../../ledgerRecord";
import type { MemberRepair } from "../../memberRepair";
import { demand, errorOf, failed, misset, refused } from "../../refusal";
import type { EtcdAnswer, Member } from "../../substrate";
import { type Patience, secondsOf, waitUntil } from "../../waiting";
import { awaitStatuses } from "../verify/statuses";

/** How long one that may only be late is asked again. */
const patience = (): Patience => ({ seconds: secondsOf("STATUS_SECONDS", 30), every: 1 });

/** The bad member, those beside it, and what is asked of etcd through them. */
export class RepairScene {
  readonly others: readonly Member[];

  private constructor(
    private readonly context: Pick<ActContext, "substrate">,
    readonly member: Member,
    readonly repair: MemberRepair,
  ) {
    this.others = context.substrate.members.filter(({ name }) => name !== member.name);
  }

  /** @param name of the bad member. @throws UserError when there is none of that name, or none can be replaced here */
  static of(context: Pick<ActContext, "substrate">, name: string | undefined): RepairScene {
    const { members, repair, advice } = context.substrate;
    const member = members.find((one) => one.name === name);
    if (member === undefined) {
      const known = members.map((one) => one.name).join(", ");
      const remedy = "pulumi config set --path restore.repair MEMBER";
      throw errorOf(
        misset(
          "repair-unknown",
          `restore.repair: ${name}: not a member of this cluster. Choose one of: ${known}`,
          remedy,
        ),
      );
    }
    if (repair !== undefined) return new RepairScene(context, member, repair);
    throw errorOf(
      refused(
        "repair-impossible",
        `restore.repair: ${advice.place}: one member alone cannot be replaced here`,
      ),
    );
  }

  /** etcd's client through the first of the others that answers, over all of them. @returns the last answer */
  async ask(argv: readonly string[]): Promise<EtcdAnswer> {
    let answer: EtcdAnswer = { code: -1, stdout: "", stderr: "there is no other member" };
    const answered = async () => {
      for (const { name } of this.others) {
        answer = await this.askThrough(name, argv);
        if (answer.code === 0) return true;
      }
      return false;
    };
    await waitUntil(answered, patience());
    return answer;
  }

  /** The same, once, through the last of the others: for what changes etcd. */
  change(argv: readonly string[]): Promise<EtcdAnswer> {
    return this.askThrough(this.others.at(-1)?.name ?? "", argv);
  }

  /** etcd's client through the last of the others, on one endpoint. */
  askOf(endpoint: string, argv: readonly string[]): Promise<EtcdAnswer> {
    return this.context.substrate.etcd.run(this.others.at(-1)?.name ?? "", argv, { endpoints: [endpoint] });
  }

  /** @throws UserError when etcd could not be asked */
  async list(remedy = "'pulumi up' tries again."): Promise<readonly ListedMember[]> {
    const answer = await this.ask(["member", "list"]);
    const list = answer.code === 0 ? parseMemberList(answer.stdout) : [];
    if (list.length > 0) return list;
    const why = answer.code === 0 ? "" : `: ${lastWords(answer)}`;
    throw errorOf(failed("repair-no-list", `etcd does not say which members it has${why}`, remedy));
  }

  /** @returns "" when there are none. @throws UserError when etcd could not be asked */
  async alarms(): Promise<string> {
    const answer = await this.ask(["alarm", "list"]);
    if (answer.code === 0) return answer.stdout.trim();
    const sentence = `etcd: could not ask for alarms: ${lastWords(answer)}`;
    throw errorOf(failed("repair-no-alarms", sentence, "'pulumi up' tries again."));
  }

  status(): Promise<readonly MemberStatus[]> {
    return askStatus(this.context.substrate);
  }

  /** The status that is waited for, or the last one. */
  awaitStatus(expected: (statuses: readonly MemberStatus[]) => boolean): Promise<readonly MemberStatus[]> {
    return awaitStatuses(this.context.substrate, expected, 1);
  }

  /**
   * etcd adds a member only while all others are connected; and what is taken from the list must never be the quorum's.
   *
   * @throws UserError
   */
  async requireOthers(): Promise<readonly MemberStatus[]> {
    const { members, advice } = this.context.substrate;
    const member = this.member.name;
    const names = members.map(({ name }) => name);
    const silentIn = (statuses: readonly MemberStatus[]) => silentOther({ member, members: names, statuses });
    const statuses = await this.awaitStatus((each) => silentIn(each) === undefined);
    const silent = silentIn(statuses);
    if (silent !== undefined) {
      const what = `etcd: ${silent} does not take part in the quorum: nothing more is changed while ${member} is bad`;
      demand(
        failed("repair-other-silent", what, `${advice.lookAtMember(silent)}; then 'pulumi up' goes on.`),
      );
    }
    return statuses;
  }

  private askThrough(name: string, argv: readonly string[]): Promise<EtcdAnswer> {
    const endpoints = this.others.map(({ clientUrl }) => clientUrl);
    return this.context.substrate.etcd.run(name, argv, { endpoints });
  }
}

/** The scene of an act after the guard: the ledger says which member. */
export const sceneOf = (context: Pick<ActContext, "substrate">, { member }: LedgerRecord): RepairScene =>
  RepairScene.of(context, member);

/** Where undo leaves a member out, or a check says no: another try. */
export const toGoOn = (id: string): string =>
  `To go on: pulumi config set --path restore.id ${id}-2 && pulumi up`;
