import { rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FakeGcs } from "../../lab/gcs/fakeGcs";
import { bytesContent, bytesOf } from "../../store/content";
import { GcsStore } from "../../store/gcsStore";
import { type GateFault, startGcsGate } from "../support/gcsGate";
import { faultOf, storeContract } from "../support/storeContract";
import { scratchDirectory } from "../support/testSnapshot";

const scratch = scratchDirectory();
let fake: FakeGcs;
beforeAll(async () => {
  fake = await FakeGcs.start(scratch);
}, 600_000);
afterAll(async () => {
  await fake?.stop();
  rmSync(scratch, { recursive: true });
});

storeContract("a bucket", () => fake.store());
storeContract("a prefix of a bucket", () => fake.store("team-a/etcd"));

describe("a store in a bucket", () => {
  let gate: Awaited<ReturnType<typeof startGcsGate>>;
  // The library waits for up to 2 s before it tries again.
  const patient = 8;
  const through = async (fault?: GateFault, seconds = patient) => {
    if (fault !== undefined) gate.next(fault);
    return new GcsStore(await fake.bucket(), "", { endpoint: gate.url, seconds });
  };
  beforeAll(async () => {
    gate = await startGcsGate(fake.url);
  });
  afterAll(() => gate.stop());

  it("is listed with the bucket's own checksums", async () => {
    const store = await fake.store();
    await store.writeOnce("v1/x", bytesContent("123456789"));
    // the check value of CRC-32C
    expect(await store.list("")).toEqual([{ key: "v1/x", bytes: 9, crc32c: "4waSgw==" }]);
  });

  it("refuses what arrived otherwise than it was sent", async () => {
    const store = await through("flip");
    const work = store.writeOnce("v1/x", bytesContent("sound bytes"));
    await expect(work).rejects.toThrow(/was damaged on its way/);
  });

  it("refuses what was read otherwise than it lies there", async () => {
    const store = await through();
    await store.writeOnce("v1/x", bytesContent("sound bytes"));
    gate.next("flipAnswer");
    expect(await faultOf(bytesOf(store.read("v1/x"), 100))).toBe("corrupt");
  });

  it("goes on with an upload that was cut, refused for a moment, or forgotten", async () => {
    for (const fault of ["cut", "unavailable", "sessionGone"] as const) {
      const store = await through(fault);
      await store.writeOnce("v1/x", bytesContent("sound bytes"));
      expect(`${await bytesOf(store.read("v1/x"), 100)}`).toBe("sound bytes");
      expect(gate.left()).toBe(0);
    }
  });

  it("takes an upload whose answer was lost for what it is: done", async () => {
    const store = await through("loseAnswer");
    expect(await store.writeOnce("v1/x", bytesContent("sound bytes"))).toMatchObject({ bytes: 11 });
  });

  it("ends an upload, a download and a question that hang", async () => {
    const store = await through("hang", 2);
    expect(await faultOf(store.writeOnce("v1/x", bytesContent("x")))).toBe("unreachable");
    await store.writeOnce("v1/y", bytesContent("y"));
    gate.next("hang");
    expect(await faultOf(bytesOf(store.read("v1/y"), 100))).toBe("unreachable");
    gate.next("hang");
    expect(await faultOf(store.list(""))).toBe("unreachable");
  });

  it.each<[GateFault, string, RegExp]>([
    ["denied", "denied", /may not be written: .*It needs roles\/storage.objectCreator on gs:\/\//],
    ["unauthorized", "denied", /credentials were not taken/],
  ])("says what mends it: %s", async (fault, code, sentence) => {
    const store = await through(fault);
    const work = store.writeOnce("v1/x", bytesContent("x"));
    await expect(work).rejects.toThrow(sentence);
    gate.next(fault);
    expect(await faultOf(store.writeOnce("v1/z", bytesContent("x")))).toBe(code);
  });

  it("says that an object is kept by its bucket, and lists why", async () => {
    const store = await through();
    await store.writeOnce("v1/x", bytesContent("x"));
    gate.next("retained");
    expect(await faultOf(store.remove("v1/x"))).toBe("held");
    gate.next("holdInList");
    expect(await store.list("")).toMatchObject([{ held: "a retention until 2999-01-01T00:00:00Z" }]);
  });

  it("says that there is no such bucket, and that nobody answers", async () => {
    const none = new GcsStore("no-such-bucket", "", { endpoint: fake.url, seconds: 2 });
    expect(await faultOf(none.writeOnce("v1/x", bytesContent("x")))).toBe("missing");
    const closed: Server = createServer().listen(0, "127.0.0.1");
    await new Promise((done) => closed.once("listening", done));
    const { port } = closed.address() as AddressInfo;
    await new Promise((done) => closed.close(done));
    const dead = new GcsStore("bucket", "", { endpoint: `http://127.0.0.1:${port}`, seconds: 2 });
    expect(await faultOf(dead.list(""))).toBe("unreachable");
    expect(await faultOf(dead.writeOnce("v1/x", bytesContent("x")))).toBe("unreachable");
  });
});
