import { createHash, type Hash } from "node:crypto";
import * as path from "node:path";
import type { Worker } from "node:worker_threads";
import type { SnapshotFile } from "./snapshotFile";
import { startWorker } from "./startWorker";

/** Bytes that are read, hashed and parsed together. A multiple of every page size. */
export const WINDOW_BYTES = 1024 * 1024;
const SLOTS = 12;
/** Below this a thread costs more than it saves. */
const THREAD_FROM_BYTES = 24 * 1024 * 1024;
/** A thread that reads nothing for so long is dead, or never began: one window takes milliseconds. */
const STALLED_MS = 20_000;
const STARTED_MS = 5_000;
/** The thread keeps nothing but the windows, which are shared. */
const HEAP = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 };
const READ = 0;
const PARSED = 1;
const HASHED = 2;
const STOPPED = -1;

/** SHA-256 of the part of the file that its trailer covers, and of the whole file. */
export interface Digests {
  readonly content: Buffer;
  readonly file: Buffer;
}

/** Reads a file once, forwards, window by window, and hashes it. */
export interface WindowReader {
  /** The next window; it may be used until the call after this one. Undefined at the end of the file. */
  next(): Buffer | undefined;
  /** The digests, once `next` has answered undefined. */
  finish(): Digests;
  /** Frees what is held; safe to call at any time. */
  close(): void;
}

/** Chooses between reading and hashing here and doing both on a thread of its own, where one can be started. */
export function windowReader(file: SnapshotFile, contentBytes: number): WindowReader {
  const thread = file.size < THREAD_FROM_BYTES ? undefined : ThreadReader.start(file, contentBytes);
  return thread ?? new InlineReader(file, contentBytes);
}

/** Reads on the calling thread and hashes nothing: whoever wrote the file has. @param known in hex */
export function trustingReader(
  file: SnapshotFile,
  known: { readonly sha256: string; readonly contentSha256: string },
): WindowReader {
  const window = Buffer.allocUnsafe(Math.min(WINDOW_BYTES, file.size));
  let position = 0;
  const next = () => {
    const length = file.readInto(window.subarray(0, Math.min(window.length, file.size - position)), position);
    position += length;
    return length === 0 ? undefined : window.subarray(0, length);
  };
  const bytesOf = (hex: string) => Buffer.from(hex, "hex");
  const digests = { content: bytesOf(known.contentSha256), file: bytesOf(known.sha256) };
  return { next, finish: () => digests, close: () => undefined };
}

/** Reads and hashes on the calling thread. */
class InlineReader implements WindowReader {
  private readonly window: Buffer;
  private readonly hash: Hash = createHash("sha256");
  private content: Buffer | undefined;
  private position = 0;

  constructor(
    private readonly file: SnapshotFile,
    private readonly contentBytes: number,
  ) {
    this.window = Buffer.allocUnsafe(Math.min(WINDOW_BYTES, file.size));
  }

  next(): Buffer | undefined {
    const wanted = Math.min(this.window.length, this.file.size - this.position);
    const window = this.window.subarray(
      0,
      this.file.readInto(this.window.subarray(0, wanted), this.position),
    );
    if (window.length === 0) return undefined;
    const content = Math.max(0, Math.min(window.length, this.contentBytes - this.position));
    this.hash.update(window.subarray(0, content));
    this.position += window.length;
    if (this.position >= this.contentBytes) this.content ??= this.hash.copy().digest();
    this.hash.update(window.subarray(content));
    return window;
  }

  finish(): Digests {
    const file = this.hash.digest();
    return { content: this.content ?? file, file };
  }

  close(): void {
    // holds nothing but memory
  }
}

/**
 * Reads and hashes on a worker thread, into a ring of shared windows, ahead of the thread that parses them. It blocks on
 * shared memory only, never on the event loop, so that it also serves synchronous callers.
 */
class ThreadReader implements WindowReader {
  private count = 0;
  /** Window for reading here, after the thread has died. */
  private own: Buffer | undefined;

  private constructor(
    private readonly file: SnapshotFile,
    private readonly contentBytes: number,
    private readonly state: Int32Array<SharedArrayBuffer>,
    private readonly windows: SharedArrayBuffer,
    private readonly digests: SharedArrayBuffer,
    private readonly worker: Worker,
  ) {}

  static start(file: SnapshotFile, contentBytes: number): ThreadReader | undefined {
    const state = new Int32Array(new SharedArrayBuffer(12));
    const windows = new SharedArrayBuffer(SLOTS * WINDOW_BYTES);
    const digests = new SharedArrayBuffer(64);
    const shared = { control: state.buffer, windows, digests, windowBytes: WINDOW_BYTES, slots: SLOTS };
    const worker = startWorker(
      path.join(__dirname, "windowWorker.js"),
      { fd: file.fd, ...shared, contentBytes, totalBytes: file.size },
      HEAP,
    );
    if (worker === undefined) return undefined;
    return new ThreadReader(file, contentBytes, state, windows, digests, worker);
  }

  next(): Buffer | undefined {
    const position = this.count * WINDOW_BYTES;
    if (position >= this.file.size) return undefined;
    // the window handed out before is done with
    this.publishParsed(this.count);
    const length = Math.min(WINDOW_BYTES, this.file.size - position);
    const isRead = this.waitFor(READ, this.count + 1);
    const window = isRead
      ? Buffer.from(this.windows, (this.count % SLOTS) * WINDOW_BYTES, length)
      : this.readHere(position, length);
    this.count++;
    return window;
  }

  finish(): Digests {
    this.publishParsed(this.count);
    if (!this.waitFor(HASHED, 1)) return hashAgain(this.file, this.contentBytes);
    const digests = Buffer.from(Buffer.from(this.digests));
    return { content: digests.subarray(0, 32), file: digests.subarray(32) };
  }

  close(): void {
    this.publishParsed(STOPPED);
    void this.worker.terminate();
  }

  private publishParsed(value: number): void {
    Atomics.store(this.state, PARSED, value);
    Atomics.notify(this.state, PARSED);
  }

  /** Waits until the thread's counter has come so far; false when the thread has stopped. */
  private waitFor(counter: number, wanted: number): boolean {
    for (;;) {
      const reached = Atomics.load(this.state, counter);
      if (reached === STOPPED || this.own !== undefined) return false;
      if (reached >= wanted) return true;
      const patience = this.count === 0 ? STARTED_MS : STALLED_MS;
      if (Atomics.wait(this.state, counter, reached, patience) === "timed-out") return false;
    }
  }

  private readHere(position: number, length: number): Buffer {
    this.own ??= Buffer.allocUnsafe(WINDOW_BYTES);
    return this.own.subarray(0, this.file.readInto(this.own.subarray(0, length), position));
  }
}

/** The thread died: the file is hashed once more, without it. */
function hashAgain(file: SnapshotFile, contentBytes: number): Digests {
  const reader = new InlineReader(file, contentBytes);
  while (reader.next() !== undefined);
  return reader.finish();
}
