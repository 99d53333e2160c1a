import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AGE_ENDING } from "./age/decrypted";
import type { AgeRecipients } from "./age/recipients";
import { type StreamPacker, streamPacker } from "./compress";
import { type NewManifest, PLAIN_SNAPSHOT } from "./manifest";

/** A file's length and SHA-256, hex. */
export interface FileDigest {
  readonly bytes: number;
  readonly sha256: string;
}

/** How a snapshot is stored, whoever has taken it. */
export interface StoredForm {
  readonly encoding: "identity" | "zstd";
  /** What makes the stored bytes of the plain ones; undefined where they are the same. */
  readonly change: StreamPacker | undefined;
}

/** Packed with zstd where Node or a program of that name can, then encrypted where there are recipients. */
export async function storedForm(recipients: AgeRecipients | undefined): Promise<StoredForm> {
  const packer = await streamPacker();
  const encoding = packer === undefined ? "identity" : "zstd";
  if (recipients === undefined) return { encoding, change: packer };
  const pack: StreamPacker = packer ?? ((plain) => plain as AsyncIterable<Buffer>);
  return { encoding, change: (plain) => recipients.encrypt(pack(plain)) };
}

/** Writes a snapshot's bytes in their stored form into a new file of mode 0600. */
export async function writeStored(
  plain: Readable,
  change: StreamPacker,
  path: string,
  signal?: AbortSignal,
): Promise<FileDigest> {
  const hash = createHash("sha256");
  let bytes = 0;
  async function* counted(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      bytes += chunk.length;
      hash.update(chunk);
      yield chunk;
    }
  }
  const target = createWriteStream(path, { flags: "wx", mode: 0o600 });
  await pipeline(counted(change(plain)), target, signal === undefined ? {} : { signal });
  return { bytes, sha256: hash.digest("hex") };
}

type Format3 = Extract<NewManifest, { formatVersion: 3 }>;
type Format4 = Extract<NewManifest, { formatVersion: 4 }>;

/** What the manifest says of a snapshot as it is stored. */
export function formOf(
  { plain, stored, encoding }: Pick<Format3["snapshot"], "plain" | "stored" | "encoding">,
  recipients: AgeRecipients | undefined,
): Pick<Format3, "formatVersion" | "snapshot"> | Pick<Format4, "formatVersion" | "snapshot" | "recipients"> {
  const packed = encoding === "zstd" ? `${PLAIN_SNAPSHOT}.zst` : PLAIN_SNAPSHOT;
  const snapshot = { file: packed, encoding, plain, stored };
  if (recipients === undefined) return { formatVersion: 3, snapshot };
  const encrypted = { ...snapshot, file: `${packed}${AGE_ENDING}` };
  return { formatVersion: 4, snapshot: encrypted, recipients: recipients.fingerprints };
}
