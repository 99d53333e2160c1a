import { ApiError } from "../../access/apiError";
import type { HostedContext } from "../hostedContext";
import { nearest } from "../judgements/nearest";
import type { NamespaceFacts } from "../judgements/reachable";
import { kubectlText } from "../kubectlText";
import type { KubeList } from "../kubePod";

interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Whether the admin cluster can be asked, and has the namespace. */
export async function askNamespace(
  context: Pick<HostedContext, "client" | "namespace" | "names" | "access">,
): Promise<NamespaceFacts> {
  const { client, namespace, access } = context;
  const facts = { namespace, kubectl: kubectlText(access) };
  try {
    await client.get(`/api/v1/namespaces/${namespace}`);
    return { ...facts, error: undefined, near: [] };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const near = error.kind === "notFound" ? nearest(await namespaces(context), namespace) : [];
    return { ...facts, error: { kind: error.kind, message: error.message }, near };
  }
}

/** Namespaces that hold a StatefulSet of etcd's name are user clusters; else every namespace that may be listed. */
async function namespaces({
  client,
  names,
}: Pick<HostedContext, "client" | "names">): Promise<readonly string[]> {
  const list = (path: string, query = {}) =>
    client.get<KubeList<Named>>(path, { query, seconds: 10 }).then(
      ({ items }) => items.map(({ metadata }) => metadata),
      () => [],
    );
  const fieldSelector = `metadata.name=${names.profile.etcd.statefulSet}`;
  const clusters = (await list("/apis/apps/v1/statefulsets", { fieldSelector })).flatMap(
    (one) => one.namespace ?? [],
  );
  return clusters.length > 0 ? clusters : (await list("/api/v1/namespaces")).map(({ name }) => name);
}
