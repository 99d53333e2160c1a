import * as pulumi from "@pulumi/pulumi";
import { membersOf } from "../hosted/hostedCluster";
import { type HostedGraphArgs, hostedGraph } from "../hosted/hostedGraph";
import type { OperationArgs } from "../hosted/operationArgs";
import type { StepResult } from "../steps/step";

/** What {@link FinalizeRestore} needs to know. */
export interface FinalizeRestoreArgs extends OperationArgs {
  /** Id of the finished restore whose previous data is removed. */
  readonly finalize: string;
}

/** What a completed removal says of itself. */
export interface FinalizeReport {
  /** Id of the restore that can no longer be rolled back. */
  readonly finalized: string;
  readonly cluster: string;
  readonly members: readonly { readonly name: string; readonly freedBytes: number }[];
}

/**
 * Removes what a finished restore put aside, `member.pre-<id>`, from every member's volume. Nothing else of the
 * program ever removes previous data. It cannot be undone, and the control plane serves all the while.
 */
export class FinalizeRestore extends pulumi.ComponentResource {
  readonly report: pulumi.Output<FinalizeReport>;

  constructor(name: string, args: FinalizeRestoreArgs, opts?: pulumi.ComponentResourceOptions) {
    const inputs = { restoreId: args.finalize, cluster: args.cluster.name };
    super("etcd-recovery:index:FinalizeRestore", name, inputs, opts);
    const graph = hostedGraph(this, name, planFinalize(args));
    this.report = graph.result("remove-previous").apply((result) => finalizeReportOf(args, result));
    this.registerOutputs({ report: this.report });
  }
}

/** @returns the plan; nothing is read or asked here */
export function planFinalize({ cluster, id, utilityImage, finalize }: FinalizeRestoreArgs): HostedGraphArgs {
  const request = { finalize, utilityImage };
  return { operation: "finalize", cluster, id, utilityImage, members: membersOf(cluster), request };
}

function finalizeReportOf({ cluster, finalize }: FinalizeRestoreArgs, result: StepResult): FinalizeReport {
  const freed = (result.freed ?? {}) as Readonly<Record<string, number>>;
  const members = membersOf(cluster).map(({ name }) => ({ name, freedBytes: freed[name] ?? 0 }));
  return { finalized: finalize, cluster: cluster.name, members };
}
