import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import type { AgeRecipients } from "../../store/age/recipients";
import { type FileDigest, storedForm, writeStored } from "../../store/storedForm";
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
  const source = createReadStream(captured.snapshot, { highWaterMark: 1 << 20 });
  return { path, encoding, stored: await writeStored(source, change, path) };
}
