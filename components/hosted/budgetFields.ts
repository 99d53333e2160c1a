import { isUnanswered } from "../access/apiError";
import type { BudgetObject } from "./hostedBudget";
import type { HostedContext } from "./hostedContext";
import { type KubeWorkload, parseWorkloadName } from "./workloads/kubeWorkload";
import { findWorkload } from "./workloads/workloadPods";

type Owner = NonNullable<BudgetObject["metadata"]["ownerReferences"]>[number];

/** What of a budget must be as it was, by field, as text that equals only for equal content. */
export function fieldsOf({ metadata, spec = {} }: BudgetObject): Readonly<Record<string, string>> {
  const { "kubectl.kubernetes.io/last-applied-configuration": _, ...annotations } =
    metadata.annotations ?? {};
  return {
    "spec.minAvailable": text(spec.minAvailable),
    "spec.maxUnavailable": text(spec.maxUnavailable),
    "spec.selector": text(spec.selector),
    "spec.unhealthyPodEvictionPolicy": text(spec.unhealthyPodEvictionPolicy),
    "metadata.labels": text(metadata.labels ?? {}),
    "metadata.annotations": text(annotations),
  };
}

function text(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(sorted(value)) : String(value);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/**
 * Owners that are there still, the same as then. With one that is gone Kubernetes would delete the budget at once.
 *
 * An owner that this user may not read is known to be there by what else it owns: the API servers live on.
 */
export async function ownersAlive(
  context: HostedContext,
  owners: readonly Owner[],
): Promise<readonly Owner[]> {
  if (owners.length === 0) return [];
  const servers = await findWorkload(context, {
    kind: "StatefulSet",
    name: context.names.profile.apiServer.statefulSet,
  });
  const alive = await Promise.all(owners.map((owner) => isAlive(context, owner, servers)));
  return owners.filter((_, index) => alive[index]);
}

async function isAlive(
  context: HostedContext,
  owner: Owner,
  servers: KubeWorkload | undefined,
): Promise<boolean> {
  if (servers?.metadata.uid === owner.uid) return true;
  if (servers?.metadata.ownerReferences?.some(({ uid }) => uid === owner.uid)) return true;
  const workload = parseWorkloadName(`${owner.kind}/${owner.name}`);
  if (workload !== undefined && owner.apiVersion === "apps/v1")
    return (await findWorkload(context, workload))?.metadata.uid === owner.uid;
  return (await uidOf(context, owner)) === owner.uid;
}

interface ApiResources {
  readonly resources?: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced?: boolean;
  }[];
}

/** Of any kind: where it lies is what the server's own list of kinds says. undefined when it may not be asked for. */
async function uidOf(
  { client, namespace }: HostedContext,
  { apiVersion, kind, name }: Owner,
): Promise<string | undefined> {
  const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  try {
    const { resources = [] } = await client.get<ApiResources>(group);
    const resource = resources.find((one) => one.kind === kind && !one.name.includes("/"));
    if (resource === undefined) return undefined;
    const place = resource.namespaced === false ? "" : `/namespaces/${namespace}`;
    const found = await client.find<{ metadata: { uid?: string } }>(
      `${group}${place}/${resource.name}/${name}`,
    );
    return found?.metadata.uid;
  } catch (error) {
    if (isUnanswered(error)) throw error;
    return undefined;
  }
}
