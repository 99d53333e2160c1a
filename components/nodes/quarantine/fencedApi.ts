import { ApiClient } from "../../access/apiClient";
import type { NodesContext } from "../nodesContext";
import { kubeconfigOf } from "../nodesUserApi";
import type { PodsOfMachine } from "../podsOfMachine";
import { apiServerOf, portOf } from "./nodesFence";

/** What is asked of the restored cluster's API server. */
export type FencedClient = Pick<ApiClient, "get" | "find" | "text" | "patch" | "delete" | "close">;

/**
 * The first API server that answers, each by its own machine's loopback: the one way that a fence lets through.
 *
 * @throws ApiError, SshError, UserError when none does
 */
export async function fencedClient(
  context: NodesContext,
  pods: readonly PodsOfMachine[],
): Promise<FencedClient> {
  let why: unknown;
  for (const machine of pods) {
    let client: ApiClient | undefined;
    try {
      client = await clientOf(context, machine);
      await client.text("/readyz", { seconds: 5 });
      return client;
    } catch (cause) {
      client?.close();
      why ??= cause;
    }
  }
  throw why;
}

async function clientOf(context: NodesContext, machine: PodsOfMachine): Promise<ApiClient> {
  const socket = await context.machines.forward(machine.machine, portOf(apiServerOf(machine)));
  const kubeconfig = await kubeconfigOf(context, machine.machine);
  return ApiClient.open({ kubeconfig, key: "admin.conf", userAgent: context.userAgent, socket });
}
