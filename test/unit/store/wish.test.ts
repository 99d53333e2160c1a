import { describe, expect, it } from "vitest";
import { chooseBackup, isWish, parseWish } from "../../../store/wish";
import { MemoryStore } from "../../support/memoryStore";
import { putBackups } from "../../support/storedBackups";

describe("a wish", () => {
  it.each([
    ["latest", { kind: "latest" }],
    ["before:2026-11-27", { kind: "before", time: "2026-11-27T00:00:00.000Z" }],
    ["before:2026-11-27T02:00Z", { kind: "before", time: "2026-11-27T02:00:00.000Z" }],
    ["before: 2026-11-27T02:00:01+02:00", { kind: "before", time: "2026-11-27T00:00:01.000Z" }],
  ])("is read: %s", (text, wish) => {
    expect(parseWish(text)).toEqual(wish);
    expect(isWish(text)).toBe(true);
  });

  it.each(["before:", "before:yesterday", "before:2026-11-27T02:00:00", "before:2026-13-01", "before:now"])(
    "is one, and none that can be read: %s",
    (text) => {
      expect([isWish(text), parseWish(text)]).toEqual([true, undefined]);
    },
  );

  it.each(["./latest", "/b/latest", "latest.db", "gs://b/v1/x", "Latest"])("is none: %s", (text) => {
    expect([isWish(text), parseWish(text)]).toEqual([false, undefined]);
  });
});

describe("the backup that is meant", () => {
  const days = ["25", "26", "27"].map((day) => ({
    time: `2026-11-${day}T02:00:00.000Z`,
    sha256: day.repeat(32),
  }));
  const scene = async () => {
    const store = new MemoryStore();
    const keys = await putBackups(store, ...days, { cluster: "uc2", time: "2026-12-01T00:00:00.000Z" });
    return { store, keys };
  };
  const before = (time: string) => ({ kind: "before", time }) as const;

  it("is the newest of the cluster, or the newest before a time", async () => {
    const { store, keys } = await scene();
    expect((await chooseBackup(store, "uc1", { kind: "latest" })).key).toBe(keys[2]);
    expect((await chooseBackup(store, "uc1", before("2026-11-27T02:00:00.000Z"))).key).toBe(keys[1]);
    expect((await chooseBackup(store, "uc1", before("2026-11-27T02:00:00.001Z"))).key).toBe(keys[2]);
  });

  it("is one that may be restored", async () => {
    const { store, keys } = await scene();
    store.objects.delete(`${keys[2]}/manifest.json`);
    store.put(`${keys[1]}/snapshot.db`, "another length");
    expect((await chooseBackup(store, "uc1", { kind: "latest" })).key).toBe(keys[0]);
  });

  it("is the one that a restore has begun with, whatever is newer", async () => {
    const { store, keys } = await scene();
    expect((await chooseBackup(store, "uc1", { kind: "latest" }, "25".repeat(32))).key).toBe(keys[0]);
    const gone = chooseBackup(store, "uc1", { kind: "latest" }, "0".repeat(64));
    await expect(gone).rejects.toThrow(
      /no longer has the backup with SHA-256 0+, which this restore has begun/,
    );
  });

  it("is not there: what there is is said", async () => {
    const { store } = await scene();
    const early = chooseBackup(store, "uc1", before("2026-01-01T00:00:00.000Z"));
    await expect(early).rejects.toThrow(/no backup of uc1 before 2026-01-01.* the oldest is of 2026-11-25/);
    await expect(chooseBackup(store, "uc9", { kind: "latest" })).rejects.toThrow(
      /catalog list --store 'memory:' --cluster uc9/,
    );
  });
});
