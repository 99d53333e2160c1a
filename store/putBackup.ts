import { bytesContent, type Content } from "./content";
import { backupKey } from "./layout";
import { MANIFEST, manifestText, type NewManifest } from "./manifest";
import type { Store } from "./store";
import { StoreError } from "./storeError";

/** A backup in a store, by the addresses of its objects. */
export interface PutBackup {
  /** Of the backup itself. */
  readonly path: string;
  readonly snapshot: string;
  readonly manifest: string;
}

/** What else is told of a backup that is stored. */
export interface PutOptions {
  /** By the names that the manifest gives them. */
  readonly bundles?: Readonly<Record<string, Content>>;
  /** Asked once all else is stored, for the manifest: only where no other run writes the same manifest again. */
  readonly seconds?: () => number;
  /** In the backup's key. Default: the manifest's time. */
  readonly keyTime?: Date;
}

/**
 * Stores a verified snapshot and what describes it, the manifest last. Killed in between, it leaves no backup.
 *
 * @param keys the list of keys that the manifest names. @throws StoreError
 */
export async function putBackup(
  store: Store,
  snapshot: Content,
  keys: Content,
  manifest: NewManifest,
  { bundles = {}, seconds, keyTime = new Date(manifest.time) }: PutOptions = {},
): Promise<PutBackup> {
  const { plain, file, stored } = manifest.snapshot;
  const key = backupKey(manifest.cluster, keyTime, plain.sha256);
  const written = await store.writeOnce(`${key}/${file}`, snapshot);
  if (written.bytes !== stored.bytes) {
    throw new StoreError(
      "corrupt",
      `${store.address(`${key}/${file}`)}: ${written.bytes} of ${stored.bytes} bytes arrived.`,
      "'pulumi up' stores another.",
    );
  }
  if (manifest.keys !== undefined) await store.writeOnce(`${key}/${manifest.keys.file}`, keys);
  for (const [name, content] of Object.entries(bundles)) await store.writeOnce(`${key}/${name}`, content);
  const { crc32c } = written;
  const whole = {
    ...manifest,
    ...(seconds === undefined ? {} : { seconds: seconds() }),
    snapshot: { ...manifest.snapshot, stored: { ...stored, ...(crc32c === undefined ? {} : { crc32c }) } },
  };
  await store.writeOnce(`${key}/${MANIFEST}`, bytesContent(manifestText(whole)));
  return {
    path: store.address(key),
    snapshot: store.address(`${key}/${file}`),
    manifest: store.address(`${key}/${MANIFEST}`),
  };
}
