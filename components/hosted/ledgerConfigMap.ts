import { ApiError } from "../access/apiError";
import { type LedgerCopy, type LedgerFields, LedgerMoved, type LedgerStore } from "../procedure/ledgerStore";
import type { AdminApi } from "./hostedContext";
import { collections, type KubeList } from "./kubePod";

/** ConfigMap of the open ledger; ledgers of the past have the operation's id behind it. */
const LEDGER = "etcd-recovery";

interface ConfigMap {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string };
  readonly data?: Readonly<Record<string, string>>;
}

/**
 * Ledgers as ConfigMaps beside the user cluster's control plane. The open one is made by a create that fails when it is
 * there, and changed by a replace that fails when it is no longer as it was read.
 */
export function ledgerConfigMap(
  client: Pick<AdminApi, "find" | "get" | "create" | "replace">,
  namespace: string,
): LedgerStore {
  const collection = collections.configMaps(namespace);
  const pastName = (id: string) => `${LEDGER}-${id}`;

  async function readNamed(name: string): Promise<LedgerCopy> {
    const found = await client.find<ConfigMap>(`${collection}/${name}`);
    const place = `${namespace}/${name}`;
    if (found === undefined) return { place, fields: undefined, version: "" };
    return { place, fields: found.data ?? {}, version: found.metadata.resourceVersion ?? "" };
  }

  async function writeNamed(name: string, data: LedgerFields, over: LedgerCopy): Promise<void> {
    try {
      if (over.fields === undefined) await client.create(collection, configMap(namespace, name, data));
      else await client.replace(`${collection}/${name}`, configMap(namespace, name, data, over.version));
    } catch (cause) {
      // A replace of what was removed meanwhile is a move as well.
      if (hasKind(cause, "alreadyExists", "conflict", "notFound")) throw new LedgerMoved(over.place);
      throw cause;
    }
  }

  return {
    place: `${namespace}/${LEDGER}`,
    read: async () => [await readNamed(LEDGER)],
    async write(fields, over) {
      const [copy] = over;
      if (copy === undefined) throw new TypeError("a ledger is written only over what was read");
      await writeNamed(LEDGER, fields, copy);
    },
    async archive(fields) {
      const name = pastName(idOf(fields));
      try {
        await client.create(collection, configMap(namespace, name, fields));
      } catch (cause) {
        if (!hasKind(cause, "alreadyExists")) throw cause;
        // Kept for an operation that was to follow and did not; what was marked since is in the open ledger alone.
        const kept = await readNamed(name);
        const marked = Object.keys(fields).some((field) => kept.fields?.[field] === undefined);
        if (marked && kept.fields?.phase === fields.phase) await writeNamed(name, fields, kept);
      }
    },
    past: (id) => readNamed(pastName(idOf({ id }))),
    writePast: (fields, over) => writeNamed(pastName(idOf(fields)), fields, over),
    async all() {
      const { items } = await client.get<KubeList<ConfigMap>>(collection);
      return items.flatMap(({ metadata, data = {} }) =>
        isLedger(metadata.name, data) ? [data as LedgerFields] : [],
      );
    },
  };
}

/** Other ConfigMaps of the namespace may have such fields by chance: a ledger has the name that its id gives it. */
function isLedger(name: string, { id, phase }: Readonly<Record<string, string>>): boolean {
  return !!id && !!phase && (name === LEDGER || name === `${LEDGER}-${id}`);
}

/** An id becomes a part of a path. */
function idOf({ id = "" }: LedgerFields): string {
  if (/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(id)) return id;
  throw new TypeError(`${JSON.stringify(id)} is no id of an operation`);
}

function configMap(namespace: string, name: string, data: LedgerFields, resourceVersion?: string) {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    data,
  };
}

function hasKind(cause: unknown, ...kinds: readonly ApiError["kind"][]): boolean {
  return cause instanceof ApiError && kinds.includes(cause.kind);
}
