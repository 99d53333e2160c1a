import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { PassThrough, type Writable } from "node:stream";
import { FailedError } from "../components/errors";
import { StreamDigest } from "../snapshot/streamDigest";
import type { AgeRecipients } from "../store/age/recipients";
import type { StreamPacker } from "../store/compress";
import { type FileDigest, storedForm, writeStored } from "../store/storedForm";
import type { Spool } from "./spool";

/** A whole snapshot on the spool, as it came and as it will be stored. */
export interface Received {
  /** Path of the plain snapshot. */
  readonly plainPath: string;
  readonly plain: FileDigest;
  /** SHA-256 of what stands before the snapshot's own digest, hex. */
  readonly contentSha256: string;
  /** Path of what will be stored: the same file where nothing packs it. */
  readonly storedPath: string;
  readonly stored: FileDigest;
  readonly encoding: "identity" | "zstd";
}

/** Waits for slower writers at so many bytes. */
const BUFFER = 4 << 20;

/**
 * Hashes a snapshot, writes it, packs it and encrypts what is packed, in one pass over the stream.
 *
 * @param recipients whom what will be stored is encrypted to; default nobody. @param moved called for every piece. @throws FailedError when it is not whole
 */
export async function receive(
  pieces: AsyncIterable<Buffer>,
  spool: Spool,
  moved: () => void,
  signal: AbortSignal,
  recipients?: AgeRecipients,
): Promise<Received> {
  const plainPath = spool.path("snapshot.db");
  const file = createWriteStream(plainPath, { flags: "wx", mode: 0o600, highWaterMark: BUFFER });
  const { encoding, change } = await storedForm(recipients);
  const packed = change === undefined ? undefined : new Packed(change, spool.path("stored"), signal);
  const sinks: Writable[] = packed === undefined ? [file] : [file, packed.input];
  const failures = new AbortController();
  const ends = AbortSignal.any([signal, failures.signal]);
  for (const sink of sinks) sink.once("error", (error) => failures.abort(error));
  const digest = new StreamDigest();
  try {
    for await (const piece of pieces) {
      ends.throwIfAborted();
      moved();
      digest.update(piece);
      for (const sink of sinks) if (!sink.write(piece)) await once(sink, "drain", { signal: ends });
    }
    ends.throwIfAborted();
    await new Promise<void>((done, fail) => file.once("error", fail).end(done));
    const { isWhole, sha256, contentSha256 } = digest.finish();
    if (!isWhole) throw notWhole(digest.bytes);
    const plain = { bytes: digest.bytes, sha256 };
    const stored = await packed?.end();
    const told = { plainPath, plain, contentSha256, encoding } as const;
    return { ...told, ...(stored ?? { storedPath: plainPath, stored: plain }) };
  } catch (error) {
    const first = failures.signal.aborted && !signal.aborted ? failures.signal.reason : error;
    throw failureOf((await packed?.failure()) ?? first, signal);
  } finally {
    for (const sink of sinks) sink.destroy();
  }
}

const notWhole = (bytes: number): FailedError =>
  new FailedError(`snapshot: it did not arrive whole (${bytes} bytes).`, "The next run takes another.");

function failureOf(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC")
    return new FailedError("spool: the disk is full.", "It must hold the snapshot twice; raise its size.");
  return code === undefined ? error : new FailedError(`spool: ${message}.`, "Look at the spool's disk.");
}

/** A copy, as it will be stored, of what is written into it. */
class Packed {
  readonly input = new PassThrough({ highWaterMark: BUFFER });
  private readonly done: Promise<FileDigest>;

  constructor(
    pack: StreamPacker,
    private readonly path: string,
    signal: AbortSignal,
  ) {
    this.done = writeStored(this.input, pack, path, signal);
    this.done.catch((error: Error) => void this.input.destroy(error));
  }

  async end(): Promise<{ storedPath: string; stored: FileDigest }> {
    this.input.end();
    return { storedPath: this.path, stored: await this.done };
  }

  /**
   * Why it takes nothing more; undefined while it does. What its input says is not the reason: that is destroyed together
   * with whatever has failed, by some Nodes before and with another error.
   */
  async failure(): Promise<unknown> {
    return this.input.errored === null
      ? undefined
      : this.done.then(
          () => undefined,
          (reason) => reason,
        );
  }
}
