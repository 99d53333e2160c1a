import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { META_SEARCH_BYTES } from "../bolt/meta";
import type { Progress } from "../scan";
import type { Problem } from "../verdict";
import { type ArchiveContents, type ArchiveOptions, archiveProblem, unwantedArchive } from "./archiveProblem";
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
const [RUNNING, OK, TOO_LONG, NO_SPACE, WITHOUT_META, DEAD, ARCHIVE, MEMBERS, LIMIT, TAR_DAMAGED] = [
  0, 1, 3, 4, 5, 6, 7, 8, 9, 10,
];
/** For the names of members that the worker tells. */
const TEXT_BYTES = 128 * 1024;

/** The compression that the first bytes tell, if any. */
export function packingOf(file: SnapshotFile): Packing | undefined {
  const head = file.read(0, 4);
  if (head.length < 4) return undefined;
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  // RFC 8878: a frame, or a skippable frame (0x184D2A50 to 5F) in front of one
  const magic = head.readUInt32LE(0);
  return magic === 0xfd2fb528 || (magic & 0xffff_fff0) >>> 0 === 0x184d_2a50 ? "zstd" : undefined;
}

/** A snapshot that was packed. */
export interface Unpacked {
  readonly file: SnapshotFile;
  /** Of an archive: the member that it is. */
  readonly member?: string;
}

/**
 * Unpacks a snapshot into a temporary file without a name. What it unpacks is bounded by the meta pages inside.
 *
 * @param archive how to find it in a tar; undefined: a tar is refused
 */
export function* unpack(
  file: SnapshotFile,
  packing: Packing,
  archive?: ArchiveOptions,
): Generator<Progress, Unpacked | Problem> {
  const frames = packing === "zstd" ? readFrames(file) : { isOne: false };
  if ("code" in frames) return frames;
  const directory = os.tmpdir();
  const target = openTemporaryFile(directory, file.path);
  if (typeof target !== "number") return target;
  let isUnpacked = false;
  try {
    const job = { source: file.path, format: packing, isOneFrame: frames.isOne, archive, directory, target };
    const done = yield* waitForWorker(job);
    if ("code" in done) return done;
    const unpacked = SnapshotFile.adopt(file.path, target);
    if (unpacked.size === 0) return nothing(file.path, packing);
    isUnpacked = true;
    return { file: unpacked, ...done };
  } finally {
    if (!isUnpacked) fs.closeSync(target);
  }
}

/** The file itself may have any length. */
function nothing(path: string, packing: Packing): Problem {
  const message = `${path}: unpacks to nothing: what was packed with ${packing} was empty.`;
  return { code: "empty", message, remedy: "Take the snapshot again." };
}

/** What the worker is told. */
interface Job {
  readonly source: string;
  readonly format: Packing;
  readonly isOneFrame: boolean;
  readonly archive: ArchiveOptions | undefined;
  readonly directory: string;
  readonly target: number;
}

function* waitForWorker(job: Job): Generator<Progress, Pick<Unpacked, "member"> | Problem> {
  const { source, format } = job;
  const control = new Int32Array(new SharedArrayBuffer(4));
  const limits = new Float64Array(new SharedArrayBuffer(16));
  const text = new SharedArrayBuffer(TEXT_BYTES);
  const worker = startWorker(WORKER, {
    ...job,
    control: control.buffer,
    limits: limits.buffer,
    text,
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
      if (status === DEAD) break;
      if (status !== RUNNING) return outcomeOf(status, job, textIn(text));
      if (doneBytes !== done) moved = Date.now();
      done = doneBytes;
    }
    return noThread(source, format);
  } finally {
    void worker.terminate();
  }
}

function textIn(text: SharedArrayBuffer): string {
  const bytes = Buffer.from(text);
  return bytes.toString("utf8", 0, bytes.indexOf(0));
}

function outcomeOf(status: number, job: Job, detail: string): Pick<Unpacked, "member"> | Problem {
  if (status === OK) return detail === "" ? {} : { member: detail };
  const { source, archive = {} } = job;
  if (status === MEMBERS) return archiveProblem(source, archive, JSON.parse(detail) as ArchiveContents);
  if (status === ARCHIVE) return unwantedArchive(source, job.format);
  return problemOf(status, job, detail);
}

/** The thread needs its own file of JavaScript, which a program bundled without it lacks, and memory. */
function noThread(file: string, format: Packing): Problem {
  return {
    code: "no-thread",
    message: `${file}: cannot be unpacked: the thread that unpacks (${WORKER}) cannot be started, or does nothing.`,
    remedy: `Unpack it first: ${format} -dc <file> > <new file>`,
  };
}

/** @param detail the archive's member, where there is one, or what is damaged */
function problemOf(status: number, { source, format, directory }: Job, detail: string): Problem {
  const unpacks = detail === "" ? `${source}: unpacks` : `${source}: its member ${detail} unpacks`;
  switch (status) {
    case WITHOUT_META:
      return {
        code: "not-bolt",
        message: `${unpacks} to something that has no bbolt meta page.`,
        remedy: `Look at it first: ${format} -dc <file> | head -c 1M`,
      };
    case TOO_LONG:
      return {
        code: "compressed-damaged",
        message: `${unpacks} to far more than a snapshot's meta page says.`,
        remedy: `Look at it first: ${format} -dc <file> | head -c 1M`,
      };
    case LIMIT:
      return {
        code: "archive",
        message: `${source}: ${detail}; it is not read to its end.`,
        remedy: "Take the snapshot out first: tar -xf <file> -O MEMBER > <new file>",
      };
    case NO_SPACE:
      return {
        code: "no-space",
        message: `${source}: cannot be unpacked: not enough space in ${directory}.`,
        remedy: "Give another directory: TMPDIR=<directory>",
      };
    case TAR_DAMAGED:
      return {
        code: "compressed-damaged",
        message: `${source}: cannot be read as a tar in ${format}: ${detail}.`,
        remedy: `Take another copy; check it with: ${format} -dc <file> | tar -tvf -`,
      };
    default:
      return {
        code: "compressed-damaged",
        message: `${source}: cannot be unpacked as ${format}: ${detail || "the data is damaged"}.`,
        remedy: `Take another copy; check it with: ${format} -t <file>`,
      };
  }
}
