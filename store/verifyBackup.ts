import { createHash } from "node:crypto";
import { isEncrypted } from "./age/decrypted";
import type { AgeIdentities } from "./age/identities";
import type { CompleteBackup } from "./backups";
import { readKeyList } from "./keyList";
import { filesOf } from "./manifest";
import { openPlain } from "./plainSnapshot";
import { digestOf } from "./sameBytes";
import type { Store } from "./store";
import { StoreError } from "./storeError";

/**
 * Reads all that a backup's manifest names; with identities also what is inside what is encrypted.
 *
 * @returns what is wrong with it; undefined when every byte is as it says. @throws UserError when no identity fits
 */
export async function verifyBackup(
  store: Store,
  backup: CompleteBackup,
  identities?: AgeIdentities,
): Promise<string | undefined> {
  const { key, manifest } = backup;
  for (const named of filesOf(manifest)) {
    const found = await digested(store, `${key}/${named.file}`);
    if (typeof found === "string") return found;
    if (found.bytes !== named.bytes)
      return `${named.file} has ${found.bytes} bytes, its manifest says ${named.bytes}`;
    if (found.sha256 !== named.sha256)
      return `${named.file} has SHA-256 ${found.sha256}, its manifest says ${named.sha256}`;
  }
  return isEncrypted(backup) && identities !== undefined
    ? verdictOf(() => verifyInside(store, backup, identities))
    : undefined;
}

/** What comes out of snapshot and list of keys. */
async function verifyInside(
  store: Store,
  backup: CompleteBackup,
  identities: AgeIdentities,
): Promise<string | undefined> {
  const { sha256 } = backup.manifest.snapshot.plain;
  const found = await digestOf(openPlain(store, backup, identities));
  if (found !== sha256) return `its snapshot has SHA-256 ${found} inside, its manifest says ${sha256}`;
  for await (const _ of readKeyList(store, backup, identities));
  return undefined;
}

function digested(store: Store, key: string): Promise<{ bytes: number; sha256: string } | string> {
  return verdictOf(async () => {
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of store.read(key) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      hash.update(chunk);
    }
    return { bytes, sha256: hash.digest("hex") };
  });
}

/** A sentence for what is a verdict on the object; what is none, such as a store that does not answer, is thrown. */
async function verdictOf<T>(reading: () => Promise<T>): Promise<T | string> {
  try {
    return await reading();
  } catch (error) {
    if (error instanceof StoreError && ["missing", "corrupt"].includes(error.fault)) return error.message;
    throw error;
  }
}
