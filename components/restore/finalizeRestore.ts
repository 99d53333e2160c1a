import * as pulumi from "@pulumi/pulumi";
import { checkArguments } from "../config/argumentsCheck";
import type { RestoreConfig } from "../config/configSchema";
import { checkDeclared } from "../config/declaredArguments";
import { decided, orRefused, type Values } from "../decided";
import { clusterKeys, decideCluster, declaredMembers } from "../hosted/decideCluster";
import { membersOf } from "../hosted/hostedCluster";
import type { HostedOperationArgs } from "../hosted/hostedClusterArgs";
import { type HostedGraphArgs, hostedGraph, recordOf } from "../hosted/hostedGraph";
import type { OperationArgs } from "../hosted/operationArgs";
import { advise } from "../preview/advise";
import { type FinalizeReport, finalizeReportOf } from "./finalizeReport";

/** What {@link FinalizeRestore} needs to know. */
export interface FinalizeRestoreArgs extends HostedOperationArgs {
  /** Id of the restore that is over and whose left data is removed. */
  readonly finalize: pulumi.Input<string>;
}

/**
 * Removes what a restore that is over has left on every member's volume: of a finished one what it put aside,
 * `member.pre-<id>`, of an undone one what it had swapped in. Nothing else of the program ever removes previous data. It cannot be undone, and the control plane serves all the while.
 */
export class FinalizeRestore extends pulumi.ComponentResource {
  /** What was removed, when all of it is removed. */
  readonly report: pulumi.Output<FinalizeReport>;

  constructor(name: string, args: FinalizeRestoreArgs, opts?: pulumi.ComponentResourceOptions) {
    checkDeclared(`FinalizeRestore ${name}`, args, {
      names: { cluster: true, id: true, utilityImage: true, finalize: true },
      needs: ["finalize"],
    });
    const plan = decided(args, (values) => decideFinalize(`FinalizeRestore ${name}`, values));
    const restoreId = plan.apply(({ request }) => request.finalize);
    super("etcd-recovery:index:FinalizeRestore", name, { ...recordOf(plan), restoreId }, opts);
    const shape = { operation: "finalize" as const, members: declaredMembers(args.cluster) };
    const graph = hostedGraph(this, name, shape, plan);
    this.report = pulumi
      .all([plan as pulumi.Output<unknown>, graph.result("remove-previous")])
      .apply(([known, result]) => {
        const all = known as HostedGraphArgs;
        const members = all.members.map((member) => member.name);
        return orRefused(() => finalizeReportOf({ ...all, members }, result));
      });
    this.registerOutputs({ report: this.report });
  }
}

async function decideFinalize(
  component: string,
  args: Values<FinalizeRestoreArgs>,
): Promise<HostedGraphArgs> {
  const { cluster: named, utilityImage, ...restore } = args;
  const keys = { operation: "restore", ...clusterKeys(named), utilityImage, restore };
  const config = checkArguments(component, keys) as RestoreConfig;
  const { id, finalize = "" } = config.restore;
  const cluster = decideCluster(config, named);
  const plan = planFinalize({ cluster, id, utilityImage, finalize });
  await advise(plan);
  return plan;
}

/** @returns the plan; nothing is read or asked here */
export function planFinalize({
  cluster,
  id,
  utilityImage,
  finalize,
}: OperationArgs & { readonly finalize: string }): HostedGraphArgs {
  const request = { finalize, utilityImage };
  return { operation: "finalize", cluster, id, utilityImage, members: membersOf(cluster), request };
}
