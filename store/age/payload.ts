import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";

/**
 * The payload of an age file (https://age-encryption.org/v1, "Payload"): pieces of 64 KiB, each ChaCha20-Poly1305 by itself,
 * counted, the last one marked. By Node's own cipher: the library's, in JavaScript, has a tenth of its speed.
 */
const PIECE = 64 << 10;
const TAG = 16;
const ALGORITHM = "chacha20-poly1305";

/** Random bytes in front of the payload. */
export const NONCE_BYTES = 16;

/** @param fileKey of the header. @param nonce of this file */
export function payloadKey(fileKey: Uint8Array, nonce: Uint8Array): Buffer {
  return Buffer.from(hkdfSync("sha256", fileKey, nonce, "payload", 32));
}

/** Encrypts a stream; what is held of it is one batch. */
export async function* sealed(source: AsyncIterable<Buffer>, key: Buffer): AsyncGenerator<Buffer> {
  yield* inPieces(source, PIECE, (piece, count, isLast) => seal(piece, key, nonceOf(count, isLast)));
}

/** Decrypts a stream. @throws Error when it was changed or cut; what came before is whole */
export async function* opened(source: AsyncIterable<Buffer>, key: Buffer): AsyncGenerator<Buffer> {
  yield* inPieces(source, PIECE + TAG, (piece, count, isLast) => {
    const plain = open(piece, key, nonceOf(count, isLast));
    if (isLast && plain.length === 0 && count > 0) throw damaged();
    return [plain];
  });
}

/** Bytes that are gone through together: to copy each piece by itself takes as long as to encrypt it. */
const BATCH = 1 << 20;

/** The last piece, which may be a whole one, is told by the stream's end; only that of an empty stream is empty. */
async function* inPieces(
  source: AsyncIterable<Buffer>,
  size: number,
  change: (piece: Buffer, count: number, isLast: boolean) => Buffer[],
): AsyncGenerator<Buffer> {
  let [batch, bytes, count]: [Buffer[], number, number] = [[], 0, 0];
  for await (const chunk of source) {
    batch.push(chunk);
    bytes += chunk.length;
    if (bytes < BATCH) continue;
    const whole = Buffer.concat(batch, bytes);
    const out: Buffer[] = [];
    let at = 0;
    for (; whole.length - at > size; at += size)
      out.push(...change(whole.subarray(at, at + size), count++, false));
    yield Buffer.concat(out);
    batch = [Buffer.from(whole.subarray(at))];
    bytes = whole.length - at;
  }
  const rest = Buffer.concat(batch, bytes);
  let at = 0;
  for (; rest.length - at > size; at += size)
    yield Buffer.concat(change(rest.subarray(at, at + size), count++, false));
  yield Buffer.concat(change(rest.subarray(at), count, true));
}

/** Eleven bytes count, the twelfth marks the last piece. */
function nonceOf(count: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(count, 5, 6);
  nonce.writeUInt8(isLast ? 1 : 0, 11);
  return nonce;
}

function seal(plain: Buffer, key: Buffer, nonce: Buffer): Buffer[] {
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG });
  const bytes = cipher.update(plain);
  cipher.final();
  return [bytes, cipher.getAuthTag()];
}

function open(bytes: Buffer, key: Buffer, nonce: Buffer): Buffer {
  if (bytes.length < TAG) throw damaged();
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG });
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG));
  const plain = decipher.update(bytes.subarray(0, bytes.length - TAG));
  try {
    decipher.final();
  } catch {
    throw damaged();
  }
  return plain;
}

const damaged = (): Error => new Error("it was changed or cut since it was encrypted");
