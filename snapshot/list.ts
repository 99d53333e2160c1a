import { parseRegistryKey, resourceName } from "./kubernetes/registryKey";
import { KeyReader } from "./mvcc/keyReader";
import { join } from "./mvcc/keyRecord";
import { Field } from "./mvcc/liveIndex";
import { type ReadOptions, ReadSnapshot, readSnapshot } from "./readSnapshot";
import type { Progress } from "./scan";
import type { Problem } from "./verdict";

/** So many keys are looked at before the event loop gets its turn. */
const KEYS_A_TURN = 1000;

/** A key of a snapshot, without anything of its value but the kind. */
export interface ListedKey {
  /** Empty for a key that is no Kubernetes object. */
  readonly kind: string;
  readonly key: string;
  /** At which it was last written. */
  readonly revision: bigint;
}

export type ListVerdict =
  | { readonly valid: true; readonly keys: readonly ListedKey[] }
  | { readonly valid: false; readonly problem: Problem };

/** Every key that exists in a snapshot, in the order of keys. */
export function* listSteps(path: string, options: ReadOptions = {}): Generator<Progress, ListVerdict> {
  const read = yield* readSnapshot(path, options);
  if (!(read instanceof ReadSnapshot)) return { valid: false, problem: read };
  try {
    const keys = yield* sortedKeys(read);
    read.checkUnchanged();
    return { valid: true, keys };
  } finally {
    read.close();
  }
}

/** Every key that exists in a snapshot that was read whole, in the order of keys. */
export function* sortedKeys(read: ReadSnapshot): Generator<Progress, ListedKey[]> {
  return (yield* listKeys(read)).sort((a, b) => (a.key < b.key ? -1 : 1));
}

function* listKeys(read: ReadSnapshot): Generator<Progress, ListedKey[]> {
  const { index, kinds } = read.census;
  const { file } = read.opened;
  const reader = new KeyReader(file, read.layout.meta.pageSize, read.scanned.inlineKeys);
  const keys: ListedKey[] = [];
  for (let entry = 0; entry < index.size; entry++) {
    if (entry % KEYS_A_TURN === 0) yield { doneBytes: file.size, totalBytes: file.size };
    const known = kinds[index.get(entry, Field.kind)];
    if (known === undefined) continue;
    const [page, element] = [index.get(entry, Field.page), index.get(entry, Field.element)];
    const key = reader.read(page, element) ?? read.name(read.record(page, element)).key;
    const revision = join(index.get(entry, Field.mainHigh), index.get(entry, Field.mainLow));
    keys.push({ kind: known.form === "other" ? "" : known.kind, key, revision });
  }
  return keys;
}

/** A key and the kind of the object under it, as people name them. */
export interface NamedKey {
  /** Names that kubectl takes for its kind, in lower case: `deployment`, `deployments`, `widgets.example.com`. */
  readonly kinds: readonly string[];
  readonly namespace: string;
  readonly name: string;
}

/** Reads the name of an object from its key. */
export function nameKey({ kind, key }: Pick<ListedKey, "kind" | "key">): NamedKey {
  const location = parseRegistryKey(key);
  const { group, resource, namespace = "", name = "" } = location;
  const plain = resourceName({ group: "", resource });
  const kinds = [kind, location.kind, resource, plain, resourceName({ group, resource })];
  if (group !== "") kinds.push(`${kind}.${group}`);
  return { kinds: [...new Set(kinds.map((one) => one.toLowerCase()))], namespace, name };
}
