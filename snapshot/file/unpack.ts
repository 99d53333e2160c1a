import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { META_SEARCH_BYTES } from "../bolt/meta";
import type { Progress } from "../scan";
import type { Problem } from "../verdict";
import { SnapshotFile } from "./snapshotFile";
import { startWorker } from "./startWorker";
import { openTemporaryFile } from "./temporaryFile";
import { readFrames } from "./zstdFrames";

/** A compression that snapshots are read from as they are. */
export type Packing = "gzip" | "zstd";

const TURN_MS = 50;
/** A thread that has unpacked nothing for so long is dead, or never began. */
const STALLED_MS = 120_000;
const WORKER = path.join(__dirname, "unpackWorker.js");
/** The worker's statuses; any other is damage. */
const [RUNNING, OK, TOO_LONG, NO_SPACE, WITHOUT_META, DEAD] = [0, 1, 3, 4, 5, 6];

/** The compression that the first bytes tell, if any. */
export function packingOf(file: SnapshotFile): Packing | undefined {
  const head = file.read(0, 4);
  if (head.length < 4) return undefined;
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  // RFC 8878: a frame, or a skippable frame (0x184D2A50 to 5F) in front of one
  const magic = head.readUInt32LE(0);
  return magic === 0xfd2fb528 || (magic & 0xffff_fff0) >>> 0 === 0x184d_2a50 ? "zstd" : undefined;
}

/** Unpacks a snapshot into a temporary file without a name. What it unpacks is bounded by the meta pages inside. */
export function* unpack(file: SnapshotFile, packing: Packing): Generator<Progress, SnapshotFile | Problem> {
  const frames = packing === "zstd" ? readFrames(file) : { isOne: false };
  if ("code" in frames) return frames;
  const directory = os.tmpdir();
  const target = openTemporaryFile(directory, file.path);
  if (typeof target !== "number") return target;
  let isUnpacked = false;
  try {
    const status = yield* waitForWorker(file.path, packing, frames.isOne, directory, target);
    if (typeof status !== "number") return status;
    isUnpacked = true;
    return SnapshotFile.adopt(file.path, target);
  } finally {
    if (!isUnpacked) fs.closeSync(target);
  }
}

function* waitForWorker(
  source: string,
  format: Packing,
  isOneFrame: boolean,
  directory: string,
  target: number,
): Generator<Progress, typeof OK | Problem> {
  const control = new Int32Array(new SharedArrayBuffer(4));
  const limits = new Float64Array(new SharedArrayBuffer(16));
  const text = new SharedArrayBuffer(256);
  const shared = { control: control.buffer, limits: limits.buffer, text };
  const worker = startWorker(WORKER, {
    source,
    target,
    directory,
    format,
    isOneFrame,
    ...shared,
    headBytes: META_SEARCH_BYTES,
    searchPath: process.env.PATH ?? "",
  });
  if (worker === undefined) return noThread(source, format);
  worker.on("error", () => Atomics.store(control, 0, DEAD));
  try {
    for (let moved = Date.now(), done = -1; Date.now() - moved < STALLED_MS; ) {
      Atomics.wait(control, 0, RUNNING, TURN_MS);
      const status = Atomics.load(control, 0);
      const [doneBytes = 0, wantedBytes = 0] = limits;
      yield { doneBytes, totalBytes: Math.max(doneBytes, wantedBytes) };
      if (status === OK) return OK;
      if (status === DEAD) break;
      if (status !== RUNNING)
        return problemOf(
          status,
          source,
          format,
          directory,
          Buffer.from(text).toString("utf8").replace(/\0+$/, ""),
        );
      if (doneBytes !== done) moved = Date.now();
      done = doneBytes;
    }
    return noThread(source, format);
  } finally {
    void worker.terminate();
  }
}

/** The thread needs its own file of JavaScript, which a program bundled without it lacks, and memory. */
function noThread(file: string, format: Packing): Problem {
  return {
    code: "no-thread",
    message: `${file}: cannot be unpacked: the thread that unpacks (${WORKER}) cannot be started, or does nothing.`,
    remedy: `Unpack it first: ${format} -dc <file> > <new file>`,
  };
}

function problemOf(
  status: number,
  file: string,
  packing: Packing,
  directory: string,
  detail: string,
): Problem {
  switch (status) {
    case WITHOUT_META:
      return {
        code: "not-bolt",
        message: `${file}: unpacks to something that has no bbolt meta page.`,
        remedy: `Look at it first: ${packing} -dc <file> | head -c 1M`,
      };
    case TOO_LONG:
      return {
        code: "compressed-damaged",
        message: `${file}: unpacks to far more than a snapshot's meta page says.`,
        remedy: `Look at it first: ${packing} -dc <file> | head -c 1M`,
      };
    case NO_SPACE:
      return {
        code: "no-space",
        message: `${file}: cannot be unpacked: not enough space in ${directory}.`,
        remedy: "Give another directory: TMPDIR=<directory>",
      };
    default:
      return {
        code: "compressed-damaged",
        message: `${file}: cannot be unpacked as ${packing}: ${detail || "the data is damaged"}.`,
        remedy: `Take another copy; check it with: ${packing} -t <file>`,
      };
  }
}
