import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Operation } from "../procedure/arguments";
import type { Request } from "../procedure/request";
import { OperationGraph } from "../steps/operationGraph";
import type { StepResult } from "../steps/step";
import { withoutCallStacks } from "../steps/withoutCallStacks";
import { declaredNames } from "./declaredNames";
import type { HostedMember } from "./hostedCluster";
import { accessOf, secretsOf, stepAccessOf } from "./kubeconfigs";
import { adminProvider } from "./objects/adminProvider";
import { utilityPod } from "./objects/utilityPod";
import { UtilityTools } from "./objects/utilityTools";
import type { OperationArgs } from "./operationArgs";
import { parsePodLike } from "./podLike";

/** An operation on a hosted cluster, decided: all that its resources are told. */
export interface HostedGraphArgs extends OperationArgs {
  readonly operation: Operation;
  /** Members whose volumes are worked on. */
  readonly members: readonly HostedMember[];
  readonly request: Request;
}

/** What decides which resources there are, and is known before anything is asked. */
export interface HostedGraphShape {
  readonly operation: Operation;
  readonly members: readonly HostedMember[];
}

/**
 * Declares an operation on a hosted cluster: the table's acts, and what its utility Pods need. The Pods are there before
 * the guard, which alone undoes, so that `destroy` reaches it while they still exist.
 *
 * @param plan every resource waits for it: where it is refused, nothing is made
 */
export function hostedGraph(
  parent: pulumi.ComponentResource,
  name: string,
  shape: HostedGraphShape,
  plan: pulumi.Output<HostedGraphArgs>,
): OperationGraph {
  return withoutCallStacks(() => declare(parent, name, shape, plan));
}

function declare(
  parent: pulumi.ComponentResource,
  name: string,
  { operation, members }: HostedGraphShape,
  plan: pulumi.Output<HostedGraphArgs>,
): OperationGraph {
  const cluster = plan.apply((known) => known.cluster);
  const provider = adminProvider(`${name}-admin`, cluster, { parent });
  const pods: k8s.core.v1.Pod[] = [];
  let tools: UtilityTools | undefined;
  const toolsAfter = (dependsOn: pulumi.Resource[]) => {
    tools ??= new UtilityTools(`${name}-tools`, plan, operation, { parent, provider, dependsOn });
    return tools;
  };
  return new OperationGraph(parent, name, {
    operation,
    members: members.map((member) => member.name),
    plan: plan.apply((known) => ({
      id: known.id,
      substrate: { access: stepAccessOf(known.cluster), names: declaredNames(known.cluster) },
      request: known.request,
    })),
    stdin: secretsOf(cluster),
    resource: (memberName, graph, after) => {
      const member = members.find((one) => one.name === memberName) as HostedMember;
      const { scripts } = toolsAfter(after);
      const node = graph.result("preflight").apply((result) => nodeOf(result, memberName));
      const options = { parent, provider, dependsOn: [tools as UtilityTools] };
      const like = graph.result("preflight").apply((result) => parsePodLike(result.like));
      const args = { member, scripts, node, like };
      const pod = utilityPod(`${name}-${memberName}-utility`, plan, args, options);
      pods.push(pod);
      return pod;
    },
    own: () => [
      ...(tools?.objects ?? []),
      ...pods.map((pod) => pulumi.interpolate`Pod/${pod.metadata.name}`),
    ],
  });
}

/** What the state says of a component: with it the component itself, and so its groups, wait for the plan. */
export function recordOf(plan: pulumi.Output<HostedGraphArgs>) {
  return { restoreId: plan.apply(({ id }) => id), cluster: plan.apply(({ cluster }) => cluster.name) };
}

/** How this process reaches the cluster, with its names. */
export function argumentsOf({ cluster }: OperationArgs) {
  return { ...accessOf(cluster), names: declaredNames(cluster) };
}

/** The node that preflight has found for a member's Pod; undefined lets the scheduler follow the volume. */
export function nodeOf(preflight: StepResult, member: string): string | undefined {
  const nodes = preflight.nodes as Readonly<Record<string, string>> | undefined;
  return nodes?.[member];
}
