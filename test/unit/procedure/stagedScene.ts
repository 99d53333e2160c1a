import { afterEach, beforeEach } from "vitest";
import type { ActResult } from "../../../components/procedure/act";
import { runAct } from "../../../components/procedure/act";
import { commit } from "../../../components/procedure/acts/commit";
import { confirm } from "../../../components/procedure/acts/confirm";
import { scaleDownMaintenance, scaleUpMaintenance } from "../../../components/procedure/acts/maintenance";
import { release } from "../../../components/procedure/acts/release";
import { removePdb } from "../../../components/procedure/acts/removePdb";
import { restorePdb } from "../../../components/procedure/acts/restorePdb";
import { savePdb } from "../../../components/procedure/acts/savePdb";
import { scaleUpApiServers } from "../../../components/procedure/acts/scaleUpApiServers";
import { scaleUpEtcd } from "../../../components/procedure/acts/scaleUpEtcd";
import { scaleDownApiServers, scaleDownEtcd } from "../../../components/procedure/acts/servers";
import { startControllers } from "../../../components/procedure/acts/startControllers";
import { stopControllers } from "../../../components/procedure/acts/stopControllers";
import { swap } from "../../../components/procedure/acts/swap";
import { undo } from "../../../components/procedure/acts/undo";
import { verifyEtcd } from "../../../components/procedure/acts/verifyEtcd";
import type { LedgerRecord } from "../../../components/procedure/ledgerRecord";
import { stepsAfterGuard } from "../../../components/procedure/phases";
import { FakeSubstrate, fakeContext, fakeRecord } from "../../support/fakeSubstrate";

export const acts = {
  confirm,
  "save-pdb": savePdb,
  "stop-controllers": stopControllers,
  "remove-pdb": removePdb,
  "scale-down-maintenance": scaleDownMaintenance,
  "scale-down-apiservers": scaleDownApiServers,
  "scale-down-etcd": scaleDownEtcd,
  swap,
  "scale-up-etcd": scaleUpEtcd,
  "verify-etcd": verifyEtcd,
  "scale-up-apiservers": scaleUpApiServers,
  commit,
  "start-controllers": startControllers,
  "scale-up-maintenance": scaleUpMaintenance,
  "restore-pdb": restorePdb,
  release,
} as const;
export type ActName = keyof typeof acts;

/** The acts from the last look on, in the table's order. */
export const actNames = stepsAfterGuard("restore")
  .map(({ act }) => act)
  .filter((act): act is ActName => act in acts);

export const stagedCluster = 0xabcdn;
export const restoredRevision = 1_000_000_042n;
const budget = '{"minAvailable":1}';

/** A cluster whose members are staged: the ledger is as the last look leaves it. */
export class StagedScene {
  readonly substrate: FakeSubstrate;
  readonly lines: string[] = [];

  constructor(changes: Partial<LedgerRecord> = {}, prepare: (substrate: FakeSubstrate) => void = () => {}) {
    this.substrate = new FakeSubstrate();
    const { volumes, etcd } = this.substrate;
    for (const volume of volumes.of.values()) {
      volume.staged = {
        ...{ clusterId: stagedCluster, revision: restoredRevision },
        ...{ sha256: "a".repeat(64), bump: "1000000000" },
      };
    }
    // Written, read back, deleted; what is before the restore is compacted.
    etcd.on(/^del /, () => `"Revision" : ${restoredRevision + 2n}\n"PrevValue" : "r1"\n`);
    etcd.on(/^get .*--rev=/, () => ({
      code: 1,
      stdout: "",
      stderr: "Error: required revision has been compacted\n",
    }));
    prepare(this.substrate);
    const record = fakeRecord(this.substrate, { cluster: "abcd", reason: "a test", ...changes });
    this.substrate.setRecord(record);
  }

  get phase(): string {
    return this.substrate.record.phase;
  }

  /** Runs one act as the step program does; one of each member for all members at once. */
  async run(name: ActName): Promise<ActResult | undefined> {
    const context = (member?: string) => {
      const made = fakeContext(this.substrate, { request: {}, ...(member === undefined ? {} : { member }) });
      return { ...made, say: (line: string) => void this.lines.push(line) };
    };
    if (name !== "swap") return runAct(name, acts[name], context());
    for (const { name: member } of this.substrate.members) await runAct(name, swap, context(member));
    return undefined;
  }

  /** Runs the acts up to this one. */
  async runTo(last: ActName): Promise<void> {
    for (const name of actNames.slice(0, actNames.indexOf(last) + 1)) await this.run(name);
  }

  /** The guard's way back. */
  async undo(): Promise<void> {
    const context = fakeContext(this.substrate, { request: {} });
    await undo({ ...context, say: (line: string) => void this.lines.push(line) });
  }

  /** What a user sees of the cluster. */
  situation() {
    const { workloads, volumes, fakeBudget, ledger } = this.substrate;
    return {
      phase: ledger.fields.phase,
      wanted: Object.fromEntries([...workloads.of].map(([name, { wanted }]) => [name, wanted])),
      budget: fakeBudget.live,
      data: [...volumes.of.values()].map(({ live }) => live?.clusterId),
      held: [...volumes.holding],
    };
  }
}

const wanted = {
  "StatefulSet/kube-etcd": 3,
  "StatefulSet/kube-apiserver": 3,
  "Deployment/kube-controller-manager": 1,
  "Deployment/kube-scheduler": 1,
  "Deployment/etcd-defrag": 1,
};
export const previous = { phase: "undone", wanted, budget, data: [1n, 1n, 1n], held: [] };
export const restored = {
  ...{ phase: "finished", wanted, budget, held: [] },
  data: [stagedCluster, stagedCluster, stagedCluster],
};

/** Waits are short in these tests. */
export function shortWaits(seconds = "0.05"): void {
  const knobs = [
    "GONE_SECONDS",
    "START_SECONDS",
    "HASH_SECONDS",
    "STATUS_SECONDS",
    "LEASE_SECONDS",
    "HOSTED_SECONDS",
  ];
  beforeEach(() => {
    for (const knob of knobs) process.env[knob] = seconds;
  });
  afterEach(() => {
    for (const knob of knobs) delete process.env[knob];
  });
}
