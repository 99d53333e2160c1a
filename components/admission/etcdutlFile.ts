import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { UserError } from "../errors";

/** A program that is brought into utility Pods. */
export interface EtcdutlFile {
  /** Absolute. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
}

const ELF = Buffer.from("7f454c4602", "hex"); // 64 bit
const PT_INTERP = 3;
const REMEDY = "Give the etcdutl of an etcd release for linux: pulumi config set --path restore.etcdutl PATH";

/**
 * Looks at a program for the utility Pods: an ELF file for 64 bit that needs no loader, since images have none.
 *
 * @param path absolute
 * @throws UserError that says why it cannot run there
 */
export async function readEtcdutl(path: string): Promise<EtcdutlFile> {
  const refuse = (what: string): never => {
    throw new UserError(`restore.etcdutl: ${path}: ${what}.`, REMEDY);
  };
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) =>
    refuse(`cannot be opened: ${cause.code}`),
  );
  if (!found.isFile()) refuse("not a file");
  const head = await readHead(path).catch((cause: NodeJS.ErrnoException) =>
    refuse(`cannot be read: ${cause.code}`),
  );
  if (!head.subarray(0, ELF.length).equals(ELF))
    refuse("not a program for Linux: it must be a 64-bit ELF file");
  if (needsLoader(head)) refuse("linked dynamically: utility images have no libraries");
  return { path, sizeBytes: found.size, sha256: await sha256Of(path) };
}

/** The ELF header and the program headers, which follow it. */
async function readHead(path: string): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(64 * 1024), position: 0 });
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Whether a program header names a loader; little-endian as every machine that etcd supports but s390x. */
function needsLoader(head: Buffer): boolean {
  const big = head[5] === 2;
  const u16 = (at: number) => (big ? head.readUInt16BE(at) : head.readUInt16LE(at));
  const u32 = (at: number) => (big ? head.readUInt32BE(at) : head.readUInt32LE(at));
  if (head.length < 64) return false;
  const start = Number(big ? head.readBigUInt64BE(32) : head.readBigUInt64LE(32));
  const [size, count] = [u16(54), u16(56)];
  for (let n = 0; n < count; n++) {
    const at = start + n * size;
    if (at + 4 <= head.length && u32(at) === PT_INTERP) return true;
  }
  return false;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
