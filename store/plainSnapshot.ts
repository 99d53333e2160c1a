import { type CompleteBackup, snapshotKeyOf } from "./backups";
import { unpackStream } from "./compress";
import type { Store } from "./store";
import { StoreError } from "./storeError";

/**
 * A backup's snapshot as it was taken, unpacked where it is packed. Its bytes are proven by whoever reads them.
 *
 * @throws StoreError while it is read: `corrupt` when it cannot be unpacked
 */
export async function* openPlain(store: Store, backup: CompleteBackup): AsyncGenerator<Buffer> {
  const key = snapshotKeyOf(backup);
  const stored = store.read(key);
  if (backup.manifest.snapshot.encoding === "identity") return yield* stored as AsyncIterable<Buffer>;
  try {
    yield* unpackStream(stored);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(
      "corrupt",
      `${store.address(key)}: cannot be unpacked: ${(error as Error).message}.`,
      `etcd-recovery catalog verify --store '${store.location}'`,
    );
  }
}
