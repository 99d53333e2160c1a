import { createHash, type Hash } from "node:crypto";
import * as path from "node:path";
import { Worker } from "node:worker_threads";

/** Bytes that are read, hashed and parsed together. A multiple of every page size. */
export const WINDOW_BYTES = 4 * 1024 * 1024;
const SLOTS = 6;
/** Below this a thread costs more than it saves. */
const THREAD_FROM_BYTES = 24 * 1024 * 1024;
/** A thread that hashes nothing for so long is dead: one window takes milliseconds. */
const STALLED_MS = 20_000;
const POSTED = 0;
const HASHED = 1;
const ABORT = 0x7fff_ffff;

/** SHA-256 of the part of the file that its trailer covers, and of the whole file. */
export interface Digests {
  readonly content: Buffer;
  readonly file: Buffer;
}

/**
 * Hashes a file that somebody else reads window by window: `next()` gives the memory to fill, `post()` hands it over.
 * The bytes stay readable until the call of `next()` after the following one, so that they can be parsed meanwhile.
 */
export interface WindowHasher {
  next(): Buffer;
  post(length: number): void;
  /** The digests, or undefined when the hashing thread died; then the file must be hashed again, without it. */
  finish(): Digests | undefined;
  /** Frees what is held; safe to call at any time. */
  close(): void;
}

/** Chooses between hashing here and hashing on a thread of its own. */
export function windowHasher(contentBytes: number, totalBytes: number): WindowHasher {
  return totalBytes < THREAD_FROM_BYTES
    ? new InlineHasher(contentBytes)
    : new ThreadHasher(contentBytes, totalBytes);
}

/** Hashes on the calling thread. */
export class InlineHasher implements WindowHasher {
  private readonly window = Buffer.allocUnsafe(WINDOW_BYTES);
  private readonly hash: Hash = createHash("sha256");
  private content: Buffer | undefined;
  private position = 0;

  constructor(private readonly contentBytes: number) {}

  next(): Buffer {
    return this.window;
  }

  post(length: number): void {
    const content = Math.max(0, Math.min(length, this.contentBytes - this.position));
    this.hash.update(this.window.subarray(0, content));
    this.position += content;
    if (this.position === this.contentBytes) this.content ??= this.hash.copy().digest();
    this.hash.update(this.window.subarray(content, length));
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
 * Hashes on a worker thread, over a ring of shared windows. It blocks on shared memory only, never on the event loop,
 * so that it also serves synchronous callers.
 */
class ThreadHasher implements WindowHasher {
  private readonly state = new Int32Array(new SharedArrayBuffer(8));
  private readonly windows = new SharedArrayBuffer(SLOTS * WINDOW_BYTES);
  private readonly digests = new SharedArrayBuffer(64);
  private readonly worker: Worker;
  private posted = 0;
  private alive = true;

  constructor(contentBytes: number, totalBytes: number) {
    this.worker = new Worker(path.join(__dirname, "hashWorker.js"), {
      workerData: {
        control: this.state.buffer,
        windows: this.windows,
        digests: this.digests,
        windowBytes: WINDOW_BYTES,
        slots: SLOTS,
        contentBytes,
        totalBytes,
      },
      // the worker is plain JavaScript: it needs none of the loaders of the program that reads a snapshot
      execArgv: [],
      env: {},
    });
    this.worker.on("error", () => {
      this.alive = false;
    });
    this.worker.unref();
  }

  next(): Buffer {
    this.waitFor(this.posted - SLOTS + 1);
    return Buffer.from(this.windows, (this.posted % SLOTS) * WINDOW_BYTES, WINDOW_BYTES);
  }

  post(): void {
    this.posted++;
    Atomics.store(this.state, POSTED, this.posted);
    Atomics.notify(this.state, POSTED);
  }

  finish(): Digests | undefined {
    this.waitFor(this.posted);
    if (!this.alive) return undefined;
    return {
      content: Buffer.from(Buffer.from(this.digests, 0, 32)),
      file: Buffer.from(Buffer.from(this.digests, 32, 32)),
    };
  }

  close(): void {
    Atomics.store(this.state, POSTED, ABORT);
    Atomics.notify(this.state, POSTED);
    void this.worker.terminate();
  }

  private waitFor(hashed: number): void {
    for (let done = Atomics.load(this.state, HASHED); done < hashed && this.alive; ) {
      if (Atomics.wait(this.state, HASHED, done, STALLED_MS) === "timed-out") this.alive = false;
      done = Atomics.load(this.state, HASHED);
    }
  }
}
