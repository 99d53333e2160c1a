import type { HostedContext } from "../hostedContext";
import { collections, type KubeList } from "../kubePod";
import { labels } from "./utilityPodList";

interface Scripts {
  readonly metadata: { readonly name: string; readonly creationTimestamp?: string };
  readonly data?: Readonly<Record<string, string>>;
}

/**
 * ConfigMap of the scripts for a Pod that is made anew: that of the ledger, or, where it is gone, the newest of this
 * operation. A newer program replaces it in the midst of an operation, and the ledger names the one of before.
 */
export async function scriptsFor(
  { client, namespace, id }: Pick<HostedContext, "client" | "namespace" | "id">,
  recorded: string,
): Promise<string> {
  const collection = collections.configMaps(namespace);
  if ((await client.find<Scripts>(`${collection}/${recorded}`)) !== undefined) return recorded;
  const query = { labelSelector: `${labels.restore}=${id}` };
  const { items } = await client.get<KubeList<Scripts>>(collection, { query });
  const made = ({ metadata }: Scripts) => metadata.creationTimestamp ?? "";
  const [newest] = items
    .filter(({ data }) => data?.["main.sh"] !== undefined)
    .sort((a, b) => (made(a) < made(b) ? 1 : -1));
  return newest?.metadata.name ?? recorded;
}
