import { type Act, type ActContext, type ActResult, kindOf, runAct } from "../../components/procedure/act";
import type { Operation } from "../../components/procedure/arguments";
import { Ledger } from "../../components/procedure/ledger";
import { ledgerFields, parseLedger } from "../../components/procedure/ledgerFormat";
import type { LedgerRecord } from "../../components/procedure/ledgerRecord";
import type { MemberRepair } from "../../components/procedure/memberRepair";
import type { PreflightRequest, Request } from "../../components/procedure/request";
import type { Advice, Judgement, Member, Substrate } from "../../components/procedure/substrate";
import { Calls } from "./fakes/calls";
import { FakeEtcd } from "./fakes/etcd";
import type { FakeFence } from "./fakes/fence";
import { FakeLedgerStore } from "./fakes/ledgerStore";
import { FakeVolumes } from "./fakes/volumes";
import { FakeBudget, FakeUserApi, FakeWorkloads } from "./fakes/workloads";

/** What a fake cluster is made of. */
export interface FakeOptions {
  readonly members?: number;
  /** Copies of the open ledger. */
  readonly copies?: number;
}

const advice: Advice = {
  place: "namespace uc1",
  twoWaysOut: "Finish it with 'pulumi up' on its stack, or go back with 'pulumi destroy' there.",
  lookAtLedger: () => "look at the ledger",
  lookAtMember: (member) => `look at member ${member}`,
  lookAtWorkload: (workload) => `look at ${workload}`,
  lookAtUserApi: () => "look at the user API",
  stopByHand: (workloads) => `stop ${workloads.join(" ")} by hand`,
  scaleByHand: (workload, replicas) => `scale ${workload} to ${replicas}`,
  defragment: () => "defragment",
  removeBudget: () => "remove the budget",
};

/**
 * A cluster in memory on which the procedure's acts run: members with their data, a ledger, workloads, a budget, volumes.
 *
 * Its parts hang together: etcd answers while its workload has instances, from what lies on the member's volume; the user
 * API answers while the API servers and etcd's quorum do. Every call is written down in `calls`, where a test can make
 * it fail, be lost, or change something meanwhile.
 */
export class FakeSubstrate implements Substrate {
  readonly calls = new Calls();
  readonly members: readonly Member[];
  readonly ledger: FakeLedgerStore;
  readonly volumes: FakeVolumes;
  readonly etcd: FakeEtcd;
  readonly workloads: FakeWorkloads;
  readonly fakeBudget: FakeBudget;
  budget: FakeBudget | undefined;
  readonly userApi: FakeUserApi;
  /** Under which API servers keep their objects; undefined: under their own. */
  prefix: string | undefined;
  repair: MemberRepair | undefined;
  /** A test gives it one. */
  fence: FakeFence | undefined;
  readonly advice = advice;
  names = '{"MEMBERS":"kube-etcd-0 kube-etcd-1 kube-etcd-2"}';
  judgement: Judgement = { refusals: [], notes: [], places: {}, serverVersion: "3.6.14" };
  /** What was asked of {@link judge}. */
  judged: PreflightRequest[] = [];

  constructor({ members = 3, copies = 1 }: FakeOptions = {}) {
    const names = Array.from({ length: members }, (_, n) => `kube-etcd-${n}`);
    this.members = names.map((name) => ({
      name,
      peerUrl: `https://${name}.kube-etcd:2380`,
      clientUrl: `https://${name}.kube-etcd:2379`,
    }));
    this.names = JSON.stringify({ MEMBERS: names.join(" ") });
    this.ledger = new FakeLedgerStore(this.calls, copies);
    this.volumes = new FakeVolumes(this.calls, names);
    this.workloads = new FakeWorkloads(this.calls, () => this.etcd.hasQuorum(), members);
    this.etcd = new FakeEtcd(
      this.calls,
      names,
      (name) => names.indexOf(name) < this.workloads.ready("StatefulSet/kube-etcd"),
      (name) => this.volumes.volume(name).live,
    );
    this.fakeBudget = new FakeBudget(this.calls);
    this.budget = this.fakeBudget;
    this.userApi = new FakeUserApi(
      this.calls,
      () => this.workloads.ready("StatefulSet/kube-apiserver") > 0 && this.etcd.hasQuorum(),
    );
  }

  /** All members silent, as after the loss of their data: nobody can say anything. */
  die(): void {
    for (const member of this.etcd.of.values()) member.silent = true;
    this.workloads.workload("StatefulSet/kube-etcd").healthy = 0;
  }

  judge(request: PreflightRequest): Promise<Judgement> {
    return this.calls.make("judge", () => {
      this.judged.push(request);
      return this.judgement;
    });
  }

  storagePrefix = async (): Promise<string | undefined> => this.prefix;

  close(): void {}

  /** The open ledger as a record. */
  get record(): LedgerRecord {
    return parseLedger(this.ledger.fields, this.ledger.place);
  }

  /** Writes the open ledger, as somebody else would. */
  setRecord(record: LedgerRecord): void {
    this.ledger.set(ledgerFields(record));
  }
}

/** A context on a fake, and what the acts said in it. */
export type FakeContext = ActContext & { readonly lines: string[]; readonly substrate: FakeSubstrate };

/** What an act is run with: a restore of the snapshot {@link fakeRequest}, unless told otherwise. */
export function fakeContext(
  substrate: FakeSubstrate,
  options: {
    readonly operation?: Operation;
    readonly id?: string;
    readonly request?: Request;
    readonly member?: string;
    readonly own?: readonly string[];
  } = {},
): FakeContext {
  const { operation = "restore", id = "r1", request = fakeRequest(), member, own } = options;
  const lines: string[] = [];
  const ledger = new Ledger(substrate.ledger, id, kindOf(operation), substrate.advice);
  const say = (line: string) => void lines.push(line);
  return { operation, id, request, member, own, substrate, ledger, say, lines };
}

export const snapshotDigest = "a".repeat(64);

/** A restore of a small snapshot of the fake cluster; `changes` go into it. */
export function fakeRequest(changes: Request = {}): Request {
  return {
    snapshot: {
      ...{
        path: "/snapshots/a.db",
        sizeBytes: 4096,
        sha256: snapshotDigest,
        end: "e".repeat(64),
        revision: "42",
      },
      ...{ kubeSystemUid: "11111111-aaaa", etcdVersion: "3.6.0", encryption: [] },
    },
    utilityImage: "example/util:1",
    ...changes,
  };
}

/** Runs an act as the step program does, under the rules of its row. */
export function perform(name: string, act: Act, context: ActContext): Promise<ActResult | undefined> {
  return runAct(name, act, context);
}

/** A ledger record of the fake cluster, as the guard and the last look leave it. */
export function fakeRecord(substrate: FakeSubstrate, changes: Partial<LedgerRecord> = {}): LedgerRecord {
  const phase = changes.phase ?? "staged";
  return {
    ...{ format: 2, id: "r1", kind: "restore", phase, holder: "me@here", names: substrate.names },
    ...{
      times: { open: "2026-01-01T00:00:00Z", [phase]: "2026-01-01T00:00:00Z" },
      reach: substrate.volumes.reach,
    },
    ...{
      snapshot: snapshotDigest,
      revision: "42",
      liveRevision: "1000",
      bump: "1000000000",
      serverVersion: "3.6.14",
    },
    found: substrate.workloads.found(),
    ...changes,
  };
}
