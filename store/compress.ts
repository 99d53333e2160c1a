import { spawn } from "node:child_process";
import { once } from "node:events";
import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import * as zlib from "node:zlib";
import { FrameEnd } from "./frameEnd";

/** Small bytes, packed. */
export interface Packed {
  readonly bytes: Buffer;
  /** What a file's name ends with. */
  readonly ending: "zst" | "gz";
}

type Codec = (bytes: Buffer, done: (error: Error | null, result: Buffer) => void) => void;
/** Newer Nodes have it; the types of the oldest one that is supported do not. */
const own = zlib as { zstdCompress?: Codec; zstdDecompress?: Codec };

/** With zstd, by Node or by the program of that name; where there is neither, with gzip. */
export async function pack(bytes: Buffer): Promise<Packed> {
  if (own.zstdCompress !== undefined)
    return { bytes: await promisify(own.zstdCompress)(bytes), ending: "zst" };
  const packed = await byProgram(bytes);
  if (packed !== undefined) return { bytes: packed, ending: "zst" };
  return { bytes: await promisify(zlib.gzip)(bytes), ending: "gz" };
}

/** Undefined where the program is missing or fails. */
async function byProgram(bytes: Buffer): Promise<Buffer | undefined> {
  const child = spawn("zstd", ["-q", "-3", "-c", "-"], { stdio: ["pipe", "pipe", "ignore"] });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  // of a program that is not there, or that ends early: its exit code tells
  child.stdin.on("error", () => undefined);
  child.stdin.end(bytes);
  try {
    const [code] = await once(child, "close");
    return code === 0 ? Buffer.concat(chunks) : undefined;
  } catch {
    return undefined;
  }
}

/** Unpacks what {@link pack} has packed. @throws Error when it is neither, or damaged */
export async function unpack(bytes: Buffer): Promise<Buffer> {
  if (bytes.readUInt16BE(0) === 0x1f8b) return promisify(zlib.gunzip)(bytes);
  if (own.zstdDecompress !== undefined) {
    const plain = await promisify(own.zstdDecompress)(bytes);
    const end = new FrameEnd();
    end.push(bytes);
    end.finish();
    return plain;
  }
  const { decompress } = require("fzstd") as typeof import("fzstd");
  return Buffer.from(decompress(bytes));
}

type StreamCodec = (options?: object) => Transform;
const streams = zlib as { createZstdCompress?: StreamCodec; createZstdDecompress?: StreamCodec };

/** Packs a stream with zstd, at the level at which packing keeps up with etcd. */
export type StreamPacker = (plain: Readable) => AsyncIterable<Buffer>;

/** By Node or by the program of that name; undefined where there is neither. */
export async function streamPacker(): Promise<StreamPacker | undefined> {
  const { createZstdCompress } = streams;
  if (createZstdCompress !== undefined) {
    const options = { params: { [ZSTD_LEVEL]: 1 }, chunkSize: CHUNK };
    return (plain) => through(plain, createZstdCompress(options));
  }
  return (await hasProgram()) ? (plain) => throughProgram(plain, ["-q", "-1", "-c", "-"]) : undefined;
}

/** Unpacks a stream of zstd, one frame, as {@link streamPacker} makes it. @throws Error when it is damaged */
export async function* unpackStream(packed: Readable): AsyncGenerator<Buffer> {
  if (streams.createZstdDecompress === undefined) return yield* unpackFrames(packed);
  const end = new FrameEnd();
  async function* seen(): AsyncGenerator<Buffer> {
    for await (const chunk of packed as AsyncIterable<Buffer>) {
      end.push(chunk);
      yield chunk;
    }
  }
  yield* through(Readable.from(seen()), streams.createZstdDecompress({ chunkSize: CHUNK }));
  end.finish();
}

/**
 * Unpacks any number of frames of zstd, of which Node itself reads the first: by the program of that name, where there is
 * none in JavaScript, several times slower. @throws Error when it is damaged
 */
export async function* unpackFrames(packed: Readable): AsyncGenerator<Buffer> {
  if (await hasProgram()) yield* throughProgram(packed, ["-q", "-d", "-c", "-"]);
  else yield* inJavaScript(packed);
}

/** Bytes that Node packs or unpacks at a time: each piece is a turn of a thread, and its own are 16 KiB. */
const CHUNK = 512 << 10;

/** `ZSTD_c_compressionLevel` of zstd's own interface. */
const ZSTD_LEVEL = 100;

async function* through(source: Readable, codec: Transform): AsyncGenerator<Buffer> {
  const fed = pipeline(source, codec).catch((error: Error) => void codec.destroy(error));
  yield* codec as AsyncIterable<Buffer>;
  await fed;
}

async function hasProgram(): Promise<boolean> {
  const child = spawn("zstd", ["--version"], { stdio: "ignore" });
  return once(child, "close").then(
    ([code]) => code === 0,
    () => false,
  );
}

async function* throughProgram(source: Readable, argv: readonly string[]): AsyncGenerator<Buffer> {
  const child = spawn("zstd", argv, { stdio: ["pipe", "pipe", "pipe"] });
  let words = "";
  child.stderr.on("data", (chunk: Buffer) => (words = `${words}${chunk}`.slice(-200)));
  const closed = once(child, "close");
  closed.catch(() => undefined);
  let failure: Error | undefined;
  const fed = pipeline(source, child.stdin).catch((error: NodeJS.ErrnoException) => {
    // it no longer reads: its exit code tells why
    if (error.code === "EPIPE") return;
    failure = error;
    child.kill();
  });
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    await fed;
    if (failure !== undefined) throw failure;
    const [code] = await closed;
    if (code !== 0) throw new Error(words.trim() || `zstd ended with ${code}`);
  } finally {
    child.kill();
    source.destroy();
  }
}

async function* inJavaScript(packed: Readable): AsyncGenerator<Buffer> {
  const { Decompress } = require("fzstd") as typeof import("fzstd");
  let ready: Buffer[] = [];
  let isWhole = false;
  const stream = new Decompress((chunk, isLast) => {
    ready.push(Buffer.from(chunk));
    isWhole ||= isLast === true;
  });
  for await (const chunk of packed as AsyncIterable<Buffer>) {
    stream.push(chunk);
    yield* ready;
    ready = [];
  }
  stream.push(new Uint8Array(0), true);
  yield* ready;
  if (!isWhole) throw new Error("it ends too early");
}
