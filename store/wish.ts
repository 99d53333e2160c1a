import { UserError } from "../components/errors";
import { isAhead } from "./ahead";
import { type Backup, type CompleteBackup, isComplete, listBackups, snapshotKeyOf } from "./backups";
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

/** What else a choice is told. */
export interface ChoiceOptions {
  /** SHA-256 of the plain snapshot: the one that was chosen before. */
  readonly digest?: string | undefined;
  /** Milliseconds since 1970. */
  readonly now?: number;
  /** What a person should know of a choice that is made now. */
  readonly warn?: (sentence: string) => void;
}

/**
 * The newest complete backup of a cluster that a wish means; by its digest, the one that was chosen before.
 *
 * @throws UserError when there is none, or nobody can tell which is the newest; StoreError
 */
export async function chooseBackup(
  store: Store,
  cluster: string,
  wish: Wish,
  { digest, now = Date.now(), warn = () => undefined }: ChoiceOptions = {},
): Promise<CompleteBackup> {
  const all = await listBackups(store, cluster);
  const complete = all.filter(isComplete);
  const isBefore = ({ time }: Backup) => wish.kind === "latest" || Date.parse(time) < Date.parse(wish.time);
  const found = complete.find((backup) =>
    digest === undefined ? isBefore(backup) : backup.manifest.snapshot.plain.sha256 === digest,
  );
  if (found !== undefined && digest === undefined) {
    checkTime(store, found, complete, now);
    for (const doubt of doubtsOf(found, all.filter(isBefore))) warn(doubt);
  }
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

/** One from the future is the newest where its revision says so too: then this machine's clock may be behind. */
function checkTime(
  store: Store,
  found: CompleteBackup,
  complete: readonly CompleteBackup[],
  now: number,
): void {
  if (!isAhead(found, now)) return;
  const { kubeSystemUid, etcd } = found.manifest;
  const isOlder = ({ manifest }: CompleteBackup) =>
    manifest.kubeSystemUid === kubeSystemUid && BigInt(manifest.etcd.revision) <= BigInt(etcd.revision);
  const other = complete.find((backup) => !isOlder(backup));
  if (other === undefined) return;
  const address = store.address(snapshotKeyOf(other));
  throw new UserError(
    `restore.snapshot: ${found.key} is of ${found.time}, which is in the future: a clock was wrong, and by its revision it is not the newest backup of ${found.cluster}.`,
    `Look: date -u; etcd-recovery catalog list --store '${store.location}' --cluster ${found.cluster}; then name one: pulumi config set --path restore.snapshot '${address}'`,
  );
}

/** What speaks against the newest one, or for a look at others. @param all newest first */
function doubtsOf(found: CompleteBackup, all: readonly Backup[]): readonly string[] {
  const { drill, manifest, time } = found;
  const corrupt = all.filter((one) => one.state === "corrupt" && Date.parse(one.time) > Date.parse(time));
  const other = all.filter(isComplete).find((one) => one.manifest.kubeSystemUid !== manifest.kubeSystemUid);
  return [
    ...(drill?.outcome === "failed" ? [`a drill of ${found.key} failed: ${drill.sentence}`] : []),
    ...corrupt.slice(0, 1).map(({ key, reason }) => `a newer backup is corrupt: ${key}: ${reason}`),
    ...(other === undefined
      ? []
      : [
          `${found.key} is of the UID ${manifest.kubeSystemUid ?? "unknown"} of kube-system, ${other.key} of ${other.manifest.kubeSystemUid ?? "unknown"}: two clusters had the name ${found.cluster}, one of them made anew`,
        ]),
  ];
}
