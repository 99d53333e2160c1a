import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Operation } from "../procedure/arguments";
import type { Request } from "../procedure/request";
import { OperationGraph } from "../steps/operationGraph";
import type { StepResult } from "../steps/step";
import { withoutCallStacks } from "../steps/withoutCallStacks";
import { declaredNames } from "./declaredNames";
import { type HostedMember, membersOf } from "./hostedCluster";
import { adminProvider } from "./objects/adminProvider";
import { utilityPod } from "./objects/utilityPod";
import { UtilityTools } from "./objects/utilityTools";
import type { OperationArgs } from "./operationArgs";

/** What {@link hostedGraph} needs beside the operation's arguments. */
export interface HostedGraphArgs extends OperationArgs {
  readonly operation: Operation;
  /** Members whose volumes are worked on. */
  readonly members: readonly HostedMember[];
  readonly request: Request;
}

/**
 * Declares an operation on a hosted cluster: the table's acts, and what its utility Pods need. The Pods are there before
 * the guard, which alone undoes, so that `destroy` reaches it while they still exist.
 */
export function hostedGraph(
  parent: pulumi.ComponentResource,
  name: string,
  args: HostedGraphArgs,
): OperationGraph {
  return withoutCallStacks(() => declare(parent, name, args));
}

function declare(parent: pulumi.ComponentResource, name: string, args: HostedGraphArgs): OperationGraph {
  const { cluster, operation, id, members } = args;
  const provider = adminProvider(`${name}-admin`, cluster, { parent });
  const pods: k8s.core.v1.Pod[] = [];
  let tools: UtilityTools | undefined;
  const toolsAfter = (dependsOn: pulumi.Resource[]) => {
    tools ??= new UtilityTools(`${name}-tools`, args, operation, { parent, provider, dependsOn });
    return tools;
  };
  return new OperationGraph(parent, name, {
    operation,
    id,
    members: members.map((member) => member.name),
    substrate: { access: accessOf(args), names: declaredNames(cluster) },
    request: args.request,
    resource: (memberName, graph, after) => {
      const member = membersOf(cluster).find((one) => one.name === memberName) as HostedMember;
      const { scripts } = toolsAfter(after);
      const node = graph.result("preflight").apply((result) => nodeOf(result, memberName));
      const options = { parent, provider, dependsOn: [tools as UtilityTools] };
      const pod = utilityPod(`${name}-${memberName}-utility`, args, { member, scripts, node }, options);
      pods.push(pod);
      return pod;
    },
    own: () => [
      ...(tools?.objects ?? []),
      ...pods.map((pod) => pulumi.interpolate`Pod/${pod.metadata.name}`),
    ],
  });
}

/** How its steps reach the cluster, with its names. */
export function argumentsOf(args: OperationArgs) {
  return { ...accessOf(args), names: declaredNames(args.cluster) };
}

function accessOf({ cluster }: OperationArgs) {
  const { namespace, adminKubeconfig, adminContext, userKubeconfig } = cluster;
  return {
    kind: "hosted" as const,
    namespace,
    adminKubeconfig,
    ...(adminContext === undefined ? {} : { adminContext }),
    ...(userKubeconfig === undefined ? {} : { userKubeconfig }),
  };
}

/** The node that preflight has found for a member's Pod; undefined lets the scheduler follow the volume. */
export function nodeOf(preflight: StepResult, member: string): string | undefined {
  const nodes = preflight.nodes as Readonly<Record<string, string>> | undefined;
  return nodes?.[member];
}
