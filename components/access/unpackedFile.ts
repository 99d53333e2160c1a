import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import * as zlib from "node:zlib";
import { isOneZstdFrame } from "../../snapshot/file/zstdFrames";
import { AgeIdentities } from "../../store/age/identities";
import { unpackFrames } from "../../store/compress";
import { plainBytes } from "../../store/plainCopy";

/** Bytes read at once. */
const CHUNK = 1024 * 1024;

/**
 * A file's content as a stream; one packed by gzip or zstd is unpacked on the way.
 *
 * @param identityFile with the age identities of one that is encrypted as a store has it: it is decrypted on the way too.
 * @throws UserError when that cannot be read
 */
export async function unpackedFile(path: string, identityFile?: string): Promise<Readable> {
  if (identityFile !== undefined) {
    const identities = await AgeIdentities.read(identityFile, "restore.identityFile");
    return Readable.from(plainBytes(path, identities), { objectMode: false });
  }
  const head = await headOf(path);
  const file = createReadStream(path, { highWaterMark: CHUNK });
  if (head.length < 4) return file;
  const magic = head.readUInt32LE(0);
  if (head[0] === 0x1f && head[1] === 0x8b) return through(file, zlib.createGunzip());
  // RFC 8878: a frame, or a skippable frame in front of one.
  if (magic !== 0xfd2fb528 && (magic & 0xffff_fff0) >>> 0 !== 0x184d_2a50) return file;
  const { createZstdDecompress } = zlib as { createZstdDecompress?: () => NodeJS.ReadWriteStream };
  // Before Node 22.15 there is no zstd in zlib, and later it reads no more than a file's first frame.
  if (createZstdDecompress === undefined || !isOneZstdFrame(path))
    return Readable.from(unpackFrames(file), { objectMode: false });
  return through(file, createZstdDecompress());
}

async function headOf(path: string): Promise<Buffer> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** A file that cannot be read must not look like one that has ended. */
function through(file: Readable, unpacker: NodeJS.ReadWriteStream): Readable {
  const unpacked = unpacker as unknown as Readable;
  file.on("error", (error) => unpacked.destroy(error));
  unpacked.on("close", () => file.destroy());
  file.pipe(unpacker);
  return unpacked;
}
