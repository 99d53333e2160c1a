import { createHash } from "node:crypto";
import { z } from "zod";
import { UserError } from "../../components/errors";
import type { Keys, StoredKey } from "./keys";

/** Runs etcdctl against one etcd and gives its standard output. */
export type Etcdctl = (argv: readonly string[]) => Promise<string>;

/** Every key of an etcd at one revision. */
export interface KeyDump {
  readonly revision: number;
  readonly keys: Keys;
}

// Revisions stay below 2^53 for every cluster that the lab makes; lease ids do not, and only their presence is used.
const page = z.object({
  header: z.object({ revision: z.number() }),
  count: z.number().default(0),
  kvs: z
    .array(z.object({ key: z.string(), value: z.string().default(""), lease: z.number().default(0) }))
    .default([]),
});
type Page = z.infer<typeof page>;

/**
 * Reads all keys at the revision that etcd has now, page by page, and makes sure that none was lost on the way:
 * a stream through `kubectl exec` can be cut without an error.
 *
 * @param pageSize keys that are asked for at a time. Default 500.
 */
export async function dumpKeys(etcdctl: Etcdctl, pageSize = 500): Promise<KeyDump> {
  // The count is that of the whole range, whatever the limit.
  const { header, count } = await getPage(etcdctl, ["", "--from-key", "--limit=1"]);
  const { revision } = header;
  const keys = new Map<string, StoredKey>();
  let from = "";
  while (keys.size < count) {
    // A page begins with the last key of the page before: no key can be asked for as "the next one" in an argument.
    const limit = String(pageSize + 1);
    const { kvs } = await getPage(etcdctl, [from, "--from-key", `--limit=${limit}`, `--rev=${revision}`]);
    const before = keys.size;
    for (const { key, value, lease } of kvs) {
      from = Buffer.from(key, "base64").toString("utf8");
      keys.set(from, { digest: digestOf(value), leased: lease !== 0 });
    }
    if (keys.size === before) {
      throw new UserError(`etcd says it has ${count} keys at revision ${revision} and gave ${keys.size}.`);
    }
  }
  return { revision, keys };
}

/** One page; asked for again when it did not arrive whole, for then it is no JSON. */
async function getPage(etcdctl: Etcdctl, argv: readonly string[], attempts = 4): Promise<Page> {
  const text = await etcdctl(["get", ...argv, "--write-out=json"]);
  try {
    return page.parse(JSON.parse(text));
  } catch (error) {
    if (attempts === 1) throw error;
    return getPage(etcdctl, argv, attempts - 1);
  }
}

function digestOf(value: string): string {
  return createHash("sha256").update(value).digest("base64");
}
