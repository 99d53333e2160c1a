import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import * as zlib from "node:zlib";
import { afterEach, expect, it, vi } from "vitest";
import { pack, streamPacker, unpack, unpackStream } from "../../../store/compress";

const text = Buffer.from("/registry/configmaps/shop/settings\n".repeat(5000));
afterEach(() => {
  vi.unstubAllEnvs();
});

it("packs with zstd, and gives the same bytes back", async () => {
  const { bytes, ending } = await pack(text);
  expect([ending, bytes.readUInt32LE(0)]).toEqual(["zst", 0xfd2fb528]);
  expect(bytes.length).toBeLessThan(text.length / 20);
  expect((await unpack(bytes)).equals(text)).toBe(true);
});

it("packs with gzip where there is no zstd, neither Node's own nor a program", async () => {
  vi.stubEnv("PATH", "/nowhere");
  const { bytes, ending } = await pack(text);
  expect(ending).toBe("zstdCompress" in zlib ? "zst" : "gz");
  expect((await unpack(bytes)).equals(text)).toBe(true);
});

it("refuses what is damaged", async () => {
  const { bytes } = await pack(text);
  for (const damaged of [bytes.subarray(0, 20), Buffer.alloc(40), Buffer.from("x"), Buffer.alloc(0)])
    await expect(unpack(damaged)).rejects.toThrow();
});

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** In pieces of so many bytes. */
function* cut(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

it.each([
  ["nothing", Buffer.alloc(0)],
  ["one byte", Buffer.from("x")],
  ["what packs well", text],
  ["what does not pack", randomBytes(700_000)],
  ["one byte repeated", Buffer.alloc(1_000_000, 7)],
])("packs a stream and unpacks it, wherever it is cut into pieces: %s", async (_, plain) => {
  const packer = await streamPacker();
  if (packer === undefined) throw new Error("neither Node nor a program has zstd");
  const packed = await bytesOf(packer(Readable.from([plain])));
  for (const size of [1, 7, 4096, packed.length]) {
    if (packed.length / size > 20_000) continue;
    const unpacked = await bytesOf(unpackStream(Readable.from(cut(packed, size))));
    expect(unpacked.equals(plain)).toBe(true);
  }
  for (const missing of [1, 4, packed.length - 12, packed.length - 5].filter((n) => n > 0)) {
    const short = packed.subarray(0, packed.length - missing);
    await expect(bytesOf(unpackStream(Readable.from([short])))).rejects.toThrow();
  }
});
