import { UserError } from "../components/errors";
import { type CompleteBackup, isComplete, listBackups } from "./backups";
import type { Store } from "./store";

/** A backup that is named by what it is, not by where it lies. */
export type Wish = { readonly kind: "latest" } | { readonly kind: "before"; readonly time: string };

const beforeTime =
  /^before:\s*(\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?)$/;

/**
 * Reads `latest` and `before:<time>`, the time as ISO 8601 with its zone, or a date, whose midnight in UTC is meant.
 * Undefined of whatever else, such as a path.
 */
export function parseWish(text: string): Wish | undefined {
  if (text === "latest") return { kind: "latest" };
  const time = beforeTime.exec(text.trim())?.[1];
  return time === undefined || Number.isNaN(Date.parse(time))
    ? undefined
    : { kind: "before", time: new Date(time).toISOString() };
}

/** Whether a text was meant as a wish, well written or not. */
export const isWish = (text: string): boolean => text === "latest" || text.startsWith("before:");

/**
 * The newest complete backup of a cluster that a wish means; by its digest, the one that was chosen before.
 *
 * @param digest SHA-256 of the plain snapshot. @throws UserError when there is none; StoreError
 */
export async function chooseBackup(
  store: Store,
  cluster: string,
  wish: Wish,
  digest?: string,
): Promise<CompleteBackup> {
  const complete = (await listBackups(store, cluster)).filter(isComplete);
  const isMeant = ({ time, manifest }: CompleteBackup) =>
    digest === undefined
      ? wish.kind === "latest" || Date.parse(time) < Date.parse(wish.time)
      : manifest.snapshot.plain.sha256 === digest;
  const found = complete.find(isMeant);
  if (found !== undefined) return found;
  const list = `etcd-recovery catalog list --store '${store.location}' --cluster ${cluster}`;
  if (digest !== undefined) {
    const what = `the backup with SHA-256 ${digest}, which this restore has begun with`;
    throw new UserError(`restore.store: ${store.location} no longer has ${what}.`, `Look: ${list}`);
  }
  const when = wish.kind === "latest" ? "" : ` before ${wish.time}`;
  const oldest = complete.at(-1);
  const known = oldest === undefined ? "" : `; the oldest is of ${oldest.time}`;
  throw new UserError(
    `restore.snapshot: ${store.location} has no backup of ${cluster}${when} that may be restored${known}.`,
    `Look: ${list}`,
  );
}
