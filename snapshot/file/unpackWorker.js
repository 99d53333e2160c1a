// Plain JavaScript on purpose, see windowWorker.js. Unpacks one gzip or zstd file, or the snapshot in a packed tar, into
// another file, bounded by what the meta pages of the snapshot inside say; the thread that asked waits on `control`, see
// unpack.ts.
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const zlib = require("node:zlib");
const { workerData } = require("node:worker_threads");

const { source, target, format, isOneFrame, archive, control, limits, text, headBytes } = workerData;
const state = new Int32Array(control);
const progress = new Float64Array(limits);
const [OK, DAMAGED, TOO_LONG, NO_SPACE, WITHOUT_META, ARCHIVE, MEMBERS, LIMIT, TAR_DAMAGED] = [
  1, 2, 3, 4, 5, 7, 8, 9, 10,
];
const TAR_BLOCK_BYTES = 512;
const WITHOUT_META_BYTES = 1024 * 1024;
/** bbolt lets a database grow in steps of 16 MiB (`AllocSize`): a fresh one in a data directory is nearly empty. */
const GROWTH_BYTES = 64 * 1024 * 1024;
const TRAILING = "other bytes follow the end of its compressed data";

let unpacked = 0;
/** What takes the unpacked bytes; chosen by the first of them. */
let sink;
let first = Buffer.alloc(0);

class Stop extends Error {
  /** @param detail for the sentence: the archive's member, or what was found in it */
  constructor(status, detail = "") {
    super(detail);
    this.status = status;
  }
}

/** Bytes of the snapshot whose first bytes these are, or undefined without a usable meta page. */
function snapshotBytes(bytes) {
  const sizes = [];
  for (let at = 0; at === 0 || at < 1024 << 8; at = at === 0 ? 1024 : at * 2) {
    if (at + 80 > bytes.length || bytes.readUInt32LE(at + 16) !== 0xed0cdaed) continue;
    if (bytes.readBigUInt64LE(at + 72) === fnv1a64(bytes.subarray(at + 16, at + 72))) {
      sizes.push(bytes.readUInt32LE(at + 24) * Number(bytes.readBigUInt64LE(at + 56)) + 32);
    }
  }
  return sizes.length === 0 ? undefined : Math.max(...sizes);
}

function fnv1a64(bytes) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}

/** Writes a snapshot into the target file. */
class Spool {
  #written = 0;
  #limit = Number.POSITIVE_INFINITY;
  #head = Buffer.alloc(0);
  #member;

  /** @param member of an archive */
  constructor(member) {
    this.#member = member;
  }

  push(bytes) {
    if (this.#head.length < headBytes) {
      this.#head = Buffer.concat([this.#head, bytes.subarray(0, headBytes - this.#head.length)]);
      if (this.#head.length === headBytes) this.#setLimit();
    }
    if (this.#written + bytes.length > this.#limit)
      throw new Stop(progress[1] === 0 ? WITHOUT_META : TOO_LONG, this.#member);
    for (let at = 0; at < bytes.length; )
      at += fs.writeSync(target, bytes, at, bytes.length - at, this.#written + at);
    this.#written += bytes.length;
  }

  finish() {
    // all is written
  }

  #setLimit() {
    // a database copied from a data directory may be longer than its meta page says
    const wanted = snapshotBytes(this.#head);
    this.#limit = wanted === undefined ? WITHOUT_META_BYTES : wanted * 2 + GROWTH_BYTES;
    progress[1] = wanted ?? 0;
    const space = fs.statfsSync(workerData.directory);
    if (wanted !== undefined && wanted > space.bavail * space.bsize) throw new Stop(NO_SPACE);
  }
}

/** Takes the snapshot out of a tar. */
class Archive {
  #reader;

  constructor() {
    const { ArchiveReader } = require("./archiveReader.js");
    this.#reader = new ArchiveReader({
      member: archive.member,
      headBytes,
      isSnapshot: (head) => snapshotBytes(head) !== undefined,
      open(member) {
        const spool = new Spool(member);
        return (bytes) => spool.push(bytes);
      },
    });
  }

  push(bytes) {
    this.#reader.push(bytes);
  }

  finish() {
    const seen = this.#reader.finish();
    if (seen.count !== 1) throw new Stop(MEMBERS, JSON.stringify(seen));
    return seen.chosen[0].path;
  }
}

function sinkOf(head) {
  // further on in a tar a snapshot's meta page may lie where one of this file's own would
  const isBolt = head.length >= 20 && head.readUInt32LE(16) === 0xed0cdaed;
  if (isBolt || !require("./archiveReader.js").isTar(head)) return new Spool();
  if (archive === undefined) throw new Stop(ARCHIVE);
  return new Archive();
}

function write(bytes) {
  unpacked += bytes.length;
  progress[0] = unpacked;
  if (sink !== undefined) {
    sink.push(bytes);
    return;
  }
  first = Buffer.concat([first, bytes]);
  if (first.length < TAR_BLOCK_BYTES) return;
  sink = sinkOf(first);
  sink.push(first);
}

/** @returns the member of an archive whose bytes the target has */
function end() {
  if (sink === undefined) {
    sink = new Spool();
    sink.push(first);
  }
  return sink.finish();
}

function finish(status, message) {
  const bytes = Buffer.from(message ?? "").subarray(0, text.byteLength - 1);
  Buffer.from(text).fill(0).set(bytes);
  Atomics.store(state, 0, status);
  Atomics.notify(state, 0);
}

function explain(error) {
  if (error instanceof Stop) return finish(error.status, error.message);
  if (error.code === "ENOSPC") return finish(NO_SPACE);
  // the head of a member is looked at anew only behind the end of the one before
  if (unpacked > 0 && error.message === "incorrect header check") return finish(DAMAGED, TRAILING);
  if (error.isTarDamage) return finish(TAR_DAMAGED, error.message);
  finish(error.isLimit ? LIMIT : DAMAGED, error.message);
}

async function unpackStream(stream) {
  fs.createReadStream(source, { highWaterMark: 1 << 20 })
    .on("error", (error) => stream.destroy(error))
    .pipe(stream);
  for await (const chunk of stream) write(chunk);
}

/**
 * By the `zstd` program, which like Node's zlib takes no window over 128 MiB. False when there is no such program.
 */
async function unpackByProgram() {
  const fd = fs.openSync(source, "r");
  const child = spawn("zstd", ["-dcq"], {
    stdio: [fd, "pipe", "pipe"],
    env: { PATH: workerData.searchPath },
  });
  fs.closeSync(fd);
  const ended = new Promise((resolve) => {
    child.once("error", resolve).once("close", resolve);
  });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said = `${said}${chunk}`.slice(-1000);
  });
  try {
    for await (const chunk of child.stdout) write(chunk);
  } catch (error) {
    child.kill();
    throw error;
  }
  const code = await ended;
  if (code === 0) return true;
  if (code instanceof Error) return false;
  if (unpacked > 0 && said.includes("unsupported format")) throw new Error(TRAILING);
  throw new Error(
    said.trim().split("\n").at(-1)?.replace(/^.*: /, "").replace(/\W+$/, "") || `exit code ${code}`,
  );
}

/** By fzstd, in JavaScript, six times slower. */
function unpackByScript() {
  const { Decompress } = require("fzstd");
  const unpacker = new Decompress((chunk) =>
    write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)),
  );
  const fd = fs.openSync(source, "r");
  const total = fs.fstatSync(fd).size;
  for (let at = 0; at < total; ) {
    const chunk = Buffer.alloc(Math.min(1 << 20, total - at));
    const n = fs.readSync(fd, chunk, 0, chunk.length, at);
    if (n === 0) break;
    at += n;
    unpacker.push(chunk.subarray(0, n), at >= total);
  }
}

async function main() {
  if (format === "gzip") await unpackStream(zlib.createGunzip());
  // Node's zlib reads one frame, and says nothing of what is behind it.
  else if (isOneFrame && zlib.createZstdDecompress !== undefined)
    await unpackStream(zlib.createZstdDecompress());
  else if (!(await unpackByProgram())) unpackByScript();
}

main()
  .then(end)
  .then((member) => finish(OK, member), explain);
