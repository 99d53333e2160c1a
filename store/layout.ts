/** Where every backup lies; a further layout would have another. */
export const LAYOUT = "v1";

/** Of a backup, from its key alone. */
export interface BackupPlace {
  /** `v1/<cluster>/<yyyy>/<mm>/<dd>/<time>-<sha12>` */
  readonly key: string;
  readonly cluster: string;
  /** When it was taken, or stored where that was later; ISO 8601, to the second. */
  readonly time: string;
}

/**
 * Where a backup lies in a store: `v1/<cluster>/<yyyy>/<mm>/<dd>/<time>-<sha12>`.
 *
 * @param time when the snapshot was taken, or is stored. @param sha256 of the plain snapshot, hex.
 */
export function backupKey(cluster: string, time: Date, sha256: string): string {
  const iso = time.toISOString();
  const [year = "", month = "", day = ""] = iso.slice(0, 10).split("-");
  const stamp = iso.slice(0, 19).replaceAll(/[-:]/g, "");
  return [LAYOUT, cluster, year, month, day, `${stamp}Z-${sha256.slice(0, 12)}`].join("/");
}

const places =
  /^(v1\/([^/]+)\/\d{4}\/\d{2}\/\d{2}\/(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z-[0-9a-f]{12})(?:\/([^/]+))?$/;

/** The backup that a key is of, or of which it names an object; undefined when it lies elsewhere. */
export function placeOf(key: string): (BackupPlace & { readonly file: string | undefined }) | undefined {
  const found = places.exec(key);
  if (found === null) return undefined;
  const [, backup = "", cluster = "", ...rest] = found;
  const [year, month, day, hour, minute, second, file] = rest;
  return { key: backup, cluster, time: `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`, file };
}

/**
 * The prefix of a store and a backup in it, of an object's whole path in a bucket. A prefix may have a part that is called as
 * the layout is.
 *
 * @returns undefined of what is no backup's
 */
export function placeBelow(
  path: string,
): { readonly prefix: string; readonly place: BackupPlace } | undefined {
  const parts = path.split("/");
  for (const [at, part] of parts.entries()) {
    const place = part === LAYOUT ? placeOf(parts.slice(at).join("/")) : undefined;
    if (place !== undefined) return { prefix: parts.slice(0, at).join("/"), place };
  }
  return undefined;
}
