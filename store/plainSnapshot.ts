import { Readable } from "node:stream";
import { UserError } from "../components/errors";
import { decrypted } from "./age/decrypted";
import type { AgeIdentities } from "./age/identities";
import { type CompleteBackup, snapshotKeyOf } from "./backups";
import { unpackStream } from "./compress";
import type { Store } from "./store";
import { StoreError } from "./storeError";

/**
 * A backup's snapshot as it was taken, decrypted and unpacked where it is. Its bytes are proven by whoever reads them.
 *
 * @param identities for one that is encrypted
 * @throws while it is read: UserError without a fitting identity; StoreError `corrupt` when it cannot be unpacked
 */
export async function* openPlain(
  store: Store,
  backup: CompleteBackup,
  identities?: AgeIdentities,
): AsyncGenerator<Buffer> {
  const key = snapshotKeyOf(backup);
  try {
    const bytes = decrypted(store, backup, store.read(key) as AsyncIterable<Buffer>, identities);
    if (backup.manifest.snapshot.encoding === "identity") return yield* bytes;
    yield* unpackStream(Readable.from(bytes, { objectMode: false }));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new StoreError(
      "corrupt",
      `${store.address(key)}: cannot be unpacked: ${(error as Error).message}.`,
      `etcd-recovery catalog verify --store '${store.location}'`,
    );
  }
}
