import { z } from "zod";
import { isAhead } from "./ahead";
import { bytesContent, bytesOf } from "./content";
import type { Store, StoredObject } from "./store";
import { isOfObject } from "./storeError";

/** What came of a restore of a backup that nobody needed but to know that it can be restored. */
const drillSchema = z.object({
  formatVersion: z.literal(1),
  /** ISO 8601, UTC. */
  time: z.string(),
  outcome: z.enum(["passed", "failed"]),
  /** From the first byte read to etcd's first answer; absent where it did not come so far. */
  restoreSeconds: z.number().optional(),
  /** For people. */
  sentence: z.string(),
  /** As the restored etcd said it. */
  revision: z.string().optional(),
  keys: z.number().optional(),
  hashKv: z.number().optional(),
  toolVersion: z.string(),
});
export type Drill = z.infer<typeof drillSchema>;

const LIMIT = 64 << 10;
/** What ends the name of one: a right on a bucket can name the end of a name alone. */
export const DRILL_ENDING = ".drill.json";
const names = /\/(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z\.drill\.json$/;

/** Whether an object beside a backup tells of a drill. */
export const isDrillKey = (key: string): boolean => names.test(key);

/** Writes what came of a drill beside its backup; once. @param key of the backup. @throws StoreError */
export function writeDrill(store: Store, key: string, drill: Drill): Promise<StoredObject> {
  const stamp = new Date(drill.time).toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
  const content = bytesContent(`${JSON.stringify(drill, null, 2)}\n`);
  return store.writeOnce(`${key}/${stamp}Z${DRILL_ENDING}`, content);
}

/**
 * What was held last; one from the future, of a machine whose clock was wrong, only where there is no other: it would hide all
 * that are held until then.
 *
 * @param now milliseconds since 1970
 */
export function lastHeld<T extends { readonly time: string }>(
  held: readonly T[],
  now: number,
): T | undefined {
  const newestFirst = [...held].sort((a, b) => Date.parse(b.time) - Date.parse(a.time));
  return newestFirst.find((one) => !isAhead(one, now)) ?? newestFirst[0];
}

/** The newest drill beside a backup; undefined where there is none that can be understood. */
export async function newestDrill(
  store: Store,
  objects: readonly StoredObject[],
): Promise<Drill | undefined> {
  const held = objects.flatMap(({ key }) => {
    const [year, month, day, hour, minute, second] = names.exec(key)?.slice(1) ?? [];
    return year === undefined ? [] : [{ key, time: `${year}-${month}-${day}T${hour}:${minute}:${second}Z` }];
  });
  const newest = lastHeld(held, Date.now());
  if (newest === undefined) return undefined;
  const bytes = await bytesOf(store.read(newest.key), LIMIT).catch((error) => {
    if (error instanceof RangeError || isOfObject(error)) return Buffer.alloc(0);
    throw error;
  });
  try {
    return drillSchema.safeParse(JSON.parse(bytes.toString("utf8"))).data;
  } catch {
    return undefined;
  }
}
