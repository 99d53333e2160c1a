import { spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import * as zlib from "node:zlib";

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
  if (own.zstdDecompress !== undefined) return promisify(own.zstdDecompress)(bytes);
  const { decompress } = require("fzstd") as typeof import("fzstd");
  return Buffer.from(decompress(bytes));
}
