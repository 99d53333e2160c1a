import * as pulumi from "@pulumi/pulumi";
import { checkDeclared } from "../config/declaredArguments";
import { decided, orRefused, type Values } from "../decided";
import { decideNodes, declaredMachines, nodesConfig } from "../nodes/decideNodes";
import type { NodesClusterArgs } from "../nodes/nodesClusterArgs";
import { type NodesGraphArgs, nodesGraph } from "../nodes/nodesGraph";
import { openForQuestions } from "../nodes/openForQuestions";
import { adviseOn } from "../preview/advise";
import { type FinalizeReport, finalizeReportOf } from "./finalizeReport";

/** What {@link FinalizeNodesRestore} needs to know. */
export interface FinalizeNodesRestoreArgs {
  /** The control plane. */
  readonly cluster: NodesClusterArgs;
  /** Name of this one operation, at most 40 lower-case letters, digits, '-'; never used twice for the same cluster. */
  readonly id: pulumi.Input<string>;
  /** Id of the restore that is over and whose left data is removed. */
  readonly finalize: pulumi.Input<string>;
}

/**
 * Removes what a restore that is over has left beside the data of every machine's member: of a finished one what it put
 * aside, `member.pre-<id>`, of an undone one what it had swapped in. It cannot be undone, and the control plane serves all
 * the while.
 */
export class FinalizeNodesRestore extends pulumi.ComponentResource {
  /** What was removed, when all of it is removed. */
  readonly report: pulumi.Output<FinalizeReport>;

  constructor(name: string, args: FinalizeNodesRestoreArgs, opts?: pulumi.ComponentResourceOptions) {
    checkDeclared(`FinalizeNodesRestore ${name}`, args, {
      names: { cluster: true, id: true, finalize: true },
      needs: ["finalize"],
    });
    const plan = decided(args, (values) => decideFinalize(`FinalizeNodesRestore ${name}`, values));
    const recorded = {
      restoreId: plan.apply(({ request }) => request.finalize),
      cluster: plan.apply(({ cluster }) => cluster.name),
    };
    super("etcd-recovery:index:FinalizeNodesRestore", name, recorded, opts);
    const members = declaredMachines(args.cluster);
    const graph = nodesGraph(this, name, { operation: "finalize", members }, plan);
    this.report = pulumi
      .all([plan as pulumi.Output<unknown>, graph.result("remove-previous")])
      .apply(([known, result]) =>
        orRefused(() => finalizeReportOf({ ...(known as NodesGraphArgs), members }, result)),
      );
    this.registerOutputs({ report: this.report });
  }
}

async function decideFinalize(
  component: string,
  { cluster: named, ...restore }: Values<FinalizeNodesRestoreArgs>,
): Promise<NodesGraphArgs> {
  const config = nodesConfig(component, named, restore);
  const { id, finalize = "" } = config.restore;
  const cluster = decideNodes(config);
  const request = { finalize };
  await adviseOn({ operation: "finalize", id, request, open: () => openForQuestions(cluster) });
  return { id, cluster, request };
}
