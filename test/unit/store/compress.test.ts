import * as zlib from "node:zlib";
import { afterEach, expect, it, vi } from "vitest";
import { pack, unpack } from "../../../store/compress";

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
