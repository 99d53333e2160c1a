import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { AgeRecipients } from "../../store/age/recipients";
import { type FileDigest, storedForm } from "../../store/storedForm";
import type { Captured } from "./captured";

/** A captured snapshot as it will be stored. */
export interface PackedSnapshot {
  readonly path: string;
  readonly encoding: "identity" | "zstd";
  readonly stored: FileDigest;
}

/** Packs and encrypts a captured snapshot into a file beside it; what a killed run has left there is written anew. */
export async function packedSnapshot(
  captured: Captured,
  plain: FileDigest,
  recipients: AgeRecipients | undefined,
): Promise<PackedSnapshot> {
  const { encoding, change } = await storedForm(recipients);
  if (change === undefined) return { path: captured.snapshot, encoding, stored: plain };
  const path = captured.fileOf("stored");
  await rm(path, { force: true });
  const hash = createHash("sha256");
  let bytes = 0;
  async function* counted(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      bytes += chunk.length;
      hash.update(chunk);
      yield chunk;
    }
  }
  const source = createReadStream(captured.snapshot, { highWaterMark: 1 << 20 });
  await pipeline(counted(change(source)), createWriteStream(path, { flags: "wx", mode: 0o600 }));
  return { path, encoding, stored: { bytes, sha256: hash.digest("hex") } };
}
