import { createHash } from "node:crypto";
import type { CompleteBackup } from "./backups";
import { keysNamed } from "./manifest";
import type { Store } from "./store";
import { StoreError } from "./storeError";

/** Reads all that a backup's manifest names. @returns what is wrong with it; undefined when every byte is as it says */
export async function verifyBackup(
  store: Store,
  { key, manifest }: CompleteBackup,
): Promise<string | undefined> {
  const { file, stored } = manifest.snapshot;
  const keys = keysNamed(manifest);
  for (const named of [{ file, ...stored }, ...(keys === undefined ? [] : [keys])]) {
    const found = await digested(store, `${key}/${named.file}`);
    if (typeof found === "string") return found;
    if (found.bytes !== named.bytes)
      return `${named.file} has ${found.bytes} bytes, its manifest says ${named.bytes}`;
    if (found.sha256 !== named.sha256)
      return `${named.file} has SHA-256 ${found.sha256}, its manifest says ${named.sha256}`;
  }
  return undefined;
}

/** A sentence for what is a verdict on the object; what is none, such as a store that does not answer, is thrown. */
async function digested(store: Store, key: string): Promise<{ bytes: number; sha256: string } | string> {
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const chunk of store.read(key) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      hash.update(chunk);
    }
  } catch (error) {
    const isVerdict = error instanceof StoreError && ["missing", "corrupt"].includes(error.fault);
    if (isVerdict) return (error as StoreError).message;
    throw error;
  }
  return { bytes, sha256: hash.digest("hex") };
}
