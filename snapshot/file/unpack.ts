import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Worker } from "node:worker_threads";
import { META_SEARCH_BYTES } from "../bolt/meta";
import type { Progress } from "../scan";
import type { Problem } from "../verdict";
import { SnapshotFile } from "./snapshotFile";

/** A compression that snapshots are read from as they are. */
export type Packing = "gzip" | "zstd";

const TURN_MS = 50;
const [RUNNING, OK, DAMAGED, TOO_LONG, NO_SPACE, WITHOUT_META] = [0, 1, 2, 3, 4, 5];

/** The compression that the first bytes tell, if any. */
export function packingOf(file: SnapshotFile): Packing | undefined {
  const head = file.read(0, 4);
  if (head.length < 4) return undefined;
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  // RFC 8878: a frame, or a skippable frame (0x184D2A50 to 5F) in front of one
  const magic = head.readUInt32LE(0);
  return magic === 0xfd2fb528 || (magic & 0xffff_fff0) >>> 0 === 0x184d_2a50 ? "zstd" : undefined;
}

/**
 * Unpacks a snapshot into a temporary file that has no name any more when this returns, so that nothing of it stays
 * behind, however the program ends. What it unpacks is bounded by the meta pages inside.
 */
export function* unpack(file: SnapshotFile, packing: Packing): Generator<Progress, SnapshotFile | Problem> {
  const directory = os.tmpdir();
  const target = openUnnamed(directory);
  const control = new Int32Array(new SharedArrayBuffer(4));
  const limits = new Float64Array(new SharedArrayBuffer(16));
  const text = new SharedArrayBuffer(256);
  const worker = new Worker(path.join(__dirname, "unpackWorker.js"), {
    workerData: {
      source: file.path,
      target,
      directory,
      format: packing,
      control: control.buffer,
      limits: limits.buffer,
      text,
      headBytes: META_SEARCH_BYTES,
      searchPath: process.env.PATH ?? "",
    },
    execArgv: [],
    env: {},
  });
  worker.on("error", () => Atomics.store(control, 0, DAMAGED));
  worker.unref();
  let status = RUNNING;
  try {
    while (status === RUNNING) {
      Atomics.wait(control, 0, RUNNING, TURN_MS);
      status = Atomics.load(control, 0);
      yield { doneBytes: limits[0] ?? 0, totalBytes: Math.max(limits[0] ?? 0, limits[1] ?? 0) };
    }
    if (status === OK) return SnapshotFile.adopt(file.path, target);
    return problemOf(
      status,
      file.path,
      packing,
      directory,
      Buffer.from(text).toString("utf8").replace(/\0+$/, ""),
    );
  } finally {
    void worker.terminate();
    if (status !== OK) fs.closeSync(target);
  }
}

function openUnnamed(directory: string): number {
  const own = fs.mkdtempSync(path.join(directory, "etcd-recovery-"));
  const name = path.join(own, "snapshot.db");
  try {
    return fs.openSync(name, "wx+", 0o600);
  } finally {
    fs.rmSync(own, { recursive: true, force: true });
  }
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
