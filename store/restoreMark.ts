import { bytesContent } from "./content";
import type { Store, StoredObject } from "./store";

/**
 * So long a restore that was not gone on with keeps its backup, in days: far more than an outage, and than a person away
 * takes. Each `pulumi up` of it begins them anew; nobody needs a right to remove the mark.
 */
export const NEEDED_DAYS = 30;
const DAY = 86_400_000;

const names = /\/(\d{4}-\d{2}-\d{2})-([a-z0-9][-a-z0-9]*)\.restore$/;

/**
 * Marks a backup as one that a restore needs, which is not finished: the pruner leaves it alone. Once a day: the same mark
 * again is taken for done.
 *
 * @param key of the backup. @param id of the restore. @param now milliseconds since 1970. @throws StoreError
 */
export function markNeeded(store: Store, key: string, id: string, now: number): Promise<StoredObject> {
  const day = new Date(now).toISOString().slice(0, 10);
  return store.writeOnce(`${key}/${day}-${id}.restore`, bytesContent(`${JSON.stringify({ restore: id })}\n`));
}

/** The restore that needs a backup, by what lies beside it; undefined where none has gone on for {@link NEEDED_DAYS}. */
export function neededBy(objects: readonly StoredObject[], now: number): string | undefined {
  const marks = objects.flatMap(({ key }) => {
    const [, day = "", id = ""] = names.exec(key) ?? [];
    return Date.parse(day) > now - NEEDED_DAYS * DAY ? [`restore ${id} needed it on ${day}`] : [];
  });
  // as a listing is: the newest is the last
  return marks.at(-1);
}
