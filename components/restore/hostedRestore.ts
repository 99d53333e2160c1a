import * as pulumi from "@pulumi/pulumi";
import { hostedGraph } from "../hosted/hostedGraph";
import { type HostedRestoreArgs, planHostedRestore } from "./restorePlan";
import { type RestoreReport, restoreReport } from "./restoreReport";

/**
 * Restores every etcd member of a hosted control plane from one snapshot, or from what an earlier restore put aside:
 * one id, one operation.
 *
 * Its resources are the rows of the table of phases (components/procedure/phases.ts). Nothing existing is changed before
 * every member is staged; the guard alone undoes; everything slow is done while the control plane may still serve.
 */
export class HostedRestore extends pulumi.ComponentResource {
  readonly report: pulumi.Output<RestoreReport>;

  constructor(name: string, args: HostedRestoreArgs, opts?: pulumi.ComponentResourceOptions) {
    const inputs = { restoreId: args.id, cluster: args.cluster.name };
    super("etcd-recovery:index:HostedRestore", name, inputs, opts);
    const plan = planHostedRestore(args);
    const graph = hostedGraph(this, name, plan);
    this.report = restoreReport(plan, graph);
    this.registerOutputs({ report: this.report });
  }
}
