import { describe, expect, it } from "vitest";
import { writeDrill } from "../../../store/drills";
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
    expect((await chooseBackup(store, "uc1", { kind: "latest" }, { digest: "25".repeat(32) })).key).toBe(
      keys[0],
    );
    const gone = chooseBackup(store, "uc1", { kind: "latest" }, { digest: "0".repeat(64) });
    await expect(gone).rejects.toThrow(
      /no longer has the backup with SHA-256 0+, which this restore has begun/,
    );
  });

  const now = Date.parse("2026-11-27T12:00:00Z");
  const future = "2027-11-27T00:00:00.000Z";

  it.each([
    ["its revision is the highest: this machine's clock is behind", "7", true],
    ["its revision is a lower one", "4", false],
  ])("is of the future: %s", async (_, revision, isChosen) => {
    const { store } = await scene();
    const [key] = await putBackups(store, { time: future, revision });
    const chosen = () => chooseBackup(store, "uc1", { kind: "latest" }, { now });
    if (isChosen) expect((await chosen()).key).toBe(key);
    else
      await expect(chosen()).rejects.toThrow(
        /is of 2027-11-27T00:00:00.000Z, which is in the future.* restore.snapshot 'memory:\/v1\/uc1\/2026\/11\/27\/.*\/snapshot.db'/,
      );
    const { key: before } = await chooseBackup(store, "uc1", { kind: "before", time: future }, { now });
    expect(before).toMatch(/20261127T020000Z/);
    const begun = await chooseBackup(store, "uc1", { kind: "latest" }, { now, digest: "25".repeat(32) });
    expect(begun.key).toMatch(/20261125T020000Z/);
  });

  it("is chosen with a word on what speaks against it", async () => {
    const { store, keys } = await scene();
    const said = async () => {
      const lines: string[] = [];
      await chooseBackup(store, "uc1", { kind: "latest" }, { now, warn: (line) => lines.push(line) });
      return lines.join("\n");
    };
    expect(await said()).toBe("");
    const [broken] = await putBackups(store, { time: "2026-11-27T04:00:00.000Z" });
    store.put(`${broken}/snapshot.db`, "another length");
    const [anew = ""] = await putBackups(store, { time: "2026-11-27T03:00:00.000Z", kubeSystemUid: "u-2" });
    await writeDrill(store, anew, {
      ...{ formatVersion: 1, time: "2026-11-27T06:00:00.000Z", outcome: "failed", toolVersion: "1" },
      sentence: "etcd did not start on it",
    });
    expect(await said()).toMatch(
      new RegExp(
        [
          `a drill of ${anew} failed: etcd did not start on it`,
          `a newer backup is corrupt: ${broken}: snapshot.db has 14 bytes, its manifest says 4`,
          `${anew} is of the UID u-2 of kube-system, ${keys[2]} of 7c0ffee0-.*: two clusters had the name uc1`,
        ].join("\n"),
      ),
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
