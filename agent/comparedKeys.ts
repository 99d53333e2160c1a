import type { ListedKey } from "../store/keyList";
import type { EtcdConnection } from "./rpc/etcdConnection";

/** What a restored etcd holds, compared with the reading of the snapshot that it is of. */
export interface ComparedKeys {
  readonly revision: string;
  readonly keys: number;
  /** The first difference; undefined when every key is there, with its revision, and no other. */
  readonly difference?: string;
}

const PAGE = 5000;
const SECONDS = 60;

/**
 * Reads every key of an etcd, without values, and compares it with those of a snapshot.
 *
 * @throws UserError when it does not answer
 */
export async function compareKeys(
  etcd: Pick<EtcdConnection, "keysFrom">,
  expected: readonly ListedKey[],
  signal: AbortSignal,
): Promise<ComparedKeys> {
  const missing = new Map(expected.map(({ key, revision }) => [key, revision]));
  let difference: string | undefined;
  let keys = 0;
  for (let from = Buffer.from([0]); ; ) {
    signal.throwIfAborted();
    const page = await etcd.keysFrom(from, PAGE, SECONDS);
    for (const { key, revision } of page.keys) {
      keys++;
      const name = key.toString("utf8");
      const said = missing.get(name);
      missing.delete(name);
      if (`${said}` !== revision)
        difference ??= `key ${JSON.stringify(name)} is at revision ${revision}, the snapshot has ${said ?? "none"}`;
    }
    const last = page.keys.at(-1)?.key;
    if (!page.more || last === undefined) {
      const [lost] = missing.keys();
      if (lost !== undefined) difference ??= `key ${JSON.stringify(lost)} is not in the restored etcd`;
      return { revision: page.revision, keys, ...(difference === undefined ? {} : { difference }) };
    }
    from = Buffer.concat([last, Buffer.from([0])]);
  }
}
