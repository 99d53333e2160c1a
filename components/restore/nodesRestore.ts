import * as pulumi from "@pulumi/pulumi";
import { checkDeclared } from "../config/declaredArguments";
import { decided } from "../decided";
import { declaredMachines } from "../nodes/decideNodes";
import { nodesGraph } from "../nodes/nodesGraph";
import type { RestoreChanges } from "../preview/restoreChanges";
import { decideNodesRestore, quarantineWished, wishedNodesRestore } from "./decideNodesRestore";
import type { NodesRestoreArgs } from "./nodesRestoreArgs";
import { type RestoreReport, restoreReport } from "./restoreReport";
import { withChosenSnapshot } from "./wishedSnapshot";

const names: Readonly<Record<keyof NodesRestoreArgs, true>> = {
  ...{
    cluster: true,
    id: true,
    snapshot: true,
    store: true,
    identityFile: true,
    rollback: true,
    reason: true,
  },
  ...{ clusterUid: true, etcdutl: true, quarantine: true, pki: true, allowVersion: true },
  ...{ allowKubernetesVersion: true, allowEncryption: true, allowRole: true, allowUnhashed: true },
};

/**
 * Restores every etcd member of a control plane of static Pods from one snapshot, or from what an earlier restore put
 * aside, over SSH: one id, one operation.
 *
 * Its resources are the rows of the table of phases (docs/reference/phases.md), as those of a hosted restore. Every machine
 * has a member, all are staged before any is stopped, and all have ended before any data is swapped.
 */
export class NodesRestore extends pulumi.ComponentResource {
  /** What the restore does to the cluster's objects; absent of a roll-back. */
  readonly restorePlan: pulumi.Output<RestoreChanges | undefined>;
  /** What was done, when all of it is done. */
  readonly report: pulumi.Output<RestoreReport>;

  constructor(name: string, args: NodesRestoreArgs, opts?: pulumi.ComponentResourceOptions) {
    checkDeclared(`NodesRestore ${name}`, args, { names, needs: ["snapshot", "rollback"] });
    const chosen = withChosenSnapshot(name, args, opts, (values) =>
      wishedNodesRestore(`NodesRestore ${name}`, values),
    );
    const known = decided(chosen, (values) => decideNodesRestore(`NodesRestore ${name}`, values));
    const plan = known.apply((all) => all.plan);
    const recorded = {
      restoreId: plan.apply(({ id }) => id),
      cluster: plan.apply(({ cluster }) => cluster.name),
    };
    super("etcd-recovery:index:NodesRestore", name, recorded, opts);
    const members = declaredMachines(args.cluster);
    const operation = args.rollback === undefined ? ("restore" as const) : ("rollback" as const);
    const shape = { quarantine: quarantineWished(args).length > 0, pki: args.pki !== undefined };
    const graph = nodesGraph(this, name, { operation, members, ...shape }, plan);
    this.restorePlan = known.apply((all) => all.changes);
    this.report = restoreReport(plan, graph);
    this.registerOutputs({ restorePlan: this.restorePlan, report: this.report });
  }
}
