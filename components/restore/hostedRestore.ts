import * as pulumi from "@pulumi/pulumi";
import { checkDeclared } from "../config/declaredArguments";
import { decided } from "../decided";
import { declaredMembers } from "../hosted/decideCluster";
import { hostedGraph, recordOf } from "../hosted/hostedGraph";
import type { RestoreChanges } from "../preview/restoreChanges";
import { decideRestore, wishedRestore } from "./decideRestore";
import type { HostedRestoreArgs } from "./restoreArgs";
import { type RestoreReport, restoreReport } from "./restoreReport";
import { withChosenSnapshot } from "./wishedSnapshot";

const names: Readonly<Record<keyof HostedRestoreArgs, true>> = {
  ...{ cluster: true, id: true, utilityImage: true, snapshot: true, store: true, identityFile: true },
  ...{ rollback: true, reason: true, clusterUid: true, etcdutl: true, replicas: true, allowVersion: true },
  ...{ allowKubernetesVersion: true, allowEncryption: true, allowRole: true, allowUnhashed: true },
};

/**
 * Restores every etcd member of a hosted control plane from one snapshot, or from what an earlier restore put aside:
 * one id, one operation.
 *
 * Its resources are the rows of the table of phases (docs/reference/phases.md). Nothing existing is changed before
 * every member is staged; the guard alone undoes; everything slow is done while the control plane may still serve.
 * What is wrong with its arguments, the kubeconfigs or the snapshot ends the program before anything is made.
 */
export class HostedRestore extends pulumi.ComponentResource {
  /** What the restore does to the cluster's objects; absent of a roll-back. */
  readonly restorePlan: pulumi.Output<RestoreChanges | undefined>;
  /** What was done, when all of it is done. */
  readonly report: pulumi.Output<RestoreReport>;

  constructor(name: string, args: HostedRestoreArgs, opts?: pulumi.ComponentResourceOptions) {
    checkDeclared(`HostedRestore ${name}`, args, { names, needs: ["snapshot", "rollback"] });
    const chosen = withChosenSnapshot(name, args, opts, (values) =>
      wishedRestore(`HostedRestore ${name}`, values),
    );
    const known = decided(chosen, (values) => decideRestore(`HostedRestore ${name}`, values));
    const plan = known.apply((all) => all.plan);
    super("etcd-recovery:index:HostedRestore", name, recordOf(plan), opts);
    const operation = args.rollback === undefined ? ("restore" as const) : ("rollback" as const);
    const graph = hostedGraph(this, name, { operation, members: declaredMembers(args.cluster) }, plan);
    this.restorePlan = known.apply((all) => all.changes);
    this.report = restoreReport(plan, graph);
    this.registerOutputs({ restorePlan: this.restorePlan, report: this.report });
  }
}
