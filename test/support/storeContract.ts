import { createHash, randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytesContent, bytesOf, fileContent } from "../../store/content";
import type { Store } from "../../store/store";
import { StoreError, type StoreFault } from "../../store/storeError";
import { scratchDirectory } from "./testSnapshot";

const read = async (store: Store, key: string, range?: { start: number; end?: number }) =>
  (await bytesOf(store.read(key, range), 1 << 26)).toString("latin1");

/** The fault with which a work fails; its message is one sentence without a stack. */
export async function faultOf(work: Promise<unknown>): Promise<StoreFault> {
  const error = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(StoreError);
  expect((error as Error).message).not.toMatch(/\n|^\s+at /);
  return (error as StoreError).fault;
}

/** What every store does, whatever it lies in. `make` gives an empty one of the same kind each time. */
export function storeContract(name: string, make: () => Store | Promise<Store>): void {
  describe(`${name} keeps the contract of stores:`, () => {
    const scratch = scratchDirectory();
    let store: Store;
    beforeAll(async () => {
      store = await make();
    });
    afterAll(() => rmSync(scratch, { recursive: true }));

    it("an empty one lists nothing and has nothing to read", async () => {
      const empty = await make();
      expect(await empty.list("")).toEqual([]);
      expect(await empty.list("v1/uc1/")).toEqual([]);
      expect(await faultOf(read(empty, "v1/uc1/none"))).toBe("missing");
    });

    it("gives back what was written, whole and in ranges", async () => {
      const written = await store.writeOnce("v1/a/object", bytesContent("0123456789"));
      expect(written).toMatchObject({ key: "v1/a/object", bytes: 10 });
      expect(await read(store, "v1/a/object")).toBe("0123456789");
      expect(await read(store, "v1/a/object", { start: 3, end: 5 })).toBe("345");
      expect(await read(store, "v1/a/object", { start: 7 })).toBe("789");
      expect(store.address("v1/a/object")).toBe(`${store.location}/v1/a/object`);
    });

    it("keeps empty objects, and large ones, from a file as from a stream", async () => {
      const bytes = randomBytes(20 << 20);
      const file = join(scratch, "large");
      writeFileSync(file, bytes);
      await store.writeOnce("v1/large/file", fileContent(file));
      await store.writeOnce("v1/large/stream", { open: () => Readable.from([bytes], { objectMode: false }) });
      await store.writeOnce("v1/large/empty", bytesContent(""));
      const digest = (text: string) => createHash("sha256").update(text, "latin1").digest("hex");
      for (const key of ["v1/large/file", "v1/large/stream"])
        expect(digest(await read(store, key))).toBe(digest(bytes.toString("latin1")));
      expect(await read(store, "v1/large/empty")).toBe("");
      const sizes = (await store.list("v1/large/")).map(({ bytes: size }) => size);
      expect(sizes).toEqual([0, bytes.length, bytes.length]);
    });

    it("writes once: the same bytes again are done, others are refused and change nothing", async () => {
      await store.writeOnce("v1/once", bytesContent("first"));
      expect(await store.writeOnce("v1/once", bytesContent("first"))).toMatchObject({ bytes: 5 });
      expect(await faultOf(store.writeOnce("v1/once", bytesContent("other")))).toBe("exists");
      expect(await faultOf(store.writeOnce("v1/once", bytesContent("")))).toBe("exists");
      expect(await read(store, "v1/once")).toBe("first");
    });

    it("of several that write at once one wins, and all others are told", async () => {
      const texts = ["a", "b", "c", "d"].map((letter) => letter.repeat(1000));
      const done = await Promise.allSettled(
        texts.map((text) => store.writeOnce("v1/race", bytesContent(text))),
      );
      expect(done.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      const winner = texts[done.findIndex(({ status }) => status === "fulfilled")];
      expect(await read(store, "v1/race")).toBe(winner);
    });

    it("a source that breaks leaves nothing", async () => {
      const broken = async function* () {
        yield Buffer.alloc(1 << 20);
        throw new Error("the source broke");
      };
      const content = { open: () => Readable.from(broken(), { objectMode: false }) };
      await expect(store.writeOnce("v1/broken/object", content)).rejects.toThrow("the source broke");
      expect(await store.list("v1/broken/")).toEqual([]);
      await store.writeOnce("v1/broken/object", bytesContent("whole"));
      expect(await read(store, "v1/broken/object")).toBe("whole");
    });

    it("lists by prefix, in the order of keys", async () => {
      for (const key of ["v1/list/b/2", "v1/list/a/1", "v1/list/ab", "v1/lister"])
        await store.writeOnce(key, bytesContent(key));
      const keys = async (prefix: string) => (await store.list(prefix)).map(({ key }) => key);
      expect(await keys("v1/list/")).toEqual(["v1/list/a/1", "v1/list/ab", "v1/list/b/2"]);
      expect(await keys("v1/list/a")).toEqual(["v1/list/a/1", "v1/list/ab"]);
      expect(await keys("v1/list")).toEqual(["v1/list/a/1", "v1/list/ab", "v1/list/b/2", "v1/lister"]);
      expect(await keys("v1/none/")).toEqual([]);
    });

    it("removes; what is not there is no error, what is beside it stays", async () => {
      await store.writeOnce("v1/gone/deep/one", bytesContent("1"));
      await store.writeOnce("v1/gone/two", bytesContent("2"));
      await store.remove("v1/gone/deep/one");
      await store.remove("v1/gone/deep/one");
      expect((await store.list("v1/gone/")).map(({ key }) => key)).toEqual(["v1/gone/two"]);
      expect(await faultOf(read(store, "v1/gone/deep/one"))).toBe("missing");
      await store.writeOnce("v1/gone/deep/one", bytesContent("again"));
      expect(await read(store, "v1/gone/deep/one")).toBe("again");
    });

    it.each(["", "/", "../x", "v1/../x", "/v1/x", "v1//x", "v1/.x", "v1/x/", "v1/a b", "v1/\n", "v1/%2e"])(
      "takes no key that leads elsewhere: %j",
      async (key) => {
        expect(await faultOf(store.writeOnce(key, bytesContent("x")))).toBe("invalid");
        expect(await faultOf(read(store, key))).toBe("invalid");
        expect(await faultOf(store.remove(key))).toBe("invalid");
      },
    );
  });
}
