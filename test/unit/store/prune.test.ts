import { beforeEach, describe, expect, it } from "vitest";
import { listBackups } from "../../../store/backups";
import { planPrune, prune } from "../../../store/prune";
import { markNeeded } from "../../../store/restoreMark";
import { MemoryStore } from "../../support/memoryStore";
import { putBackups } from "../../support/storedBackups";

const now = Date.parse("2026-11-27T12:00:00Z");
const task = { policy: { hourly: 1 }, now };
const time = (minute: number) => `2026-11-27T11:${String(minute).padStart(2, "0")}:00.000Z`;

describe("the pruner", () => {
  let store: MemoryStore;
  let keys: string[];
  const lines: string[] = [];
  const run = async () => prune(store, await planPrune(store, task), (line) => lines.push(line));
  beforeEach(async () => {
    store = new MemoryStore();
    keys = await putBackups(store, ...[10, 20, 30].map((minute) => ({ time: time(minute) })));
    lines.splice(0);
  });

  it("removes what was decided, the manifest first, and says so", async () => {
    const { kept, removed, failed } = await run();
    expect(kept.map(({ backup }) => backup.key)).toEqual([keys[2]]);
    expect(removed.map(({ backup }) => backup.key)).toEqual([keys[1], keys[0]]);
    expect(failed).toEqual([]);
    expect(store.removed).toEqual([
      `${keys[1]}/manifest.json`,
      `${keys[1]}/snapshot.db`,
      `${keys[0]}/manifest.json`,
      `${keys[0]}/snapshot.db`,
    ]);
    expect(lines).toEqual([`${keys[1]}: removed`, `${keys[0]}: removed`]);
  });

  it("a plan removes nothing", async () => {
    await planPrune(store, task);
    expect(store.removed).toEqual([]);
  });

  it("goes on beside what the store keeps, and says which", async () => {
    const plan = await planPrune(store, task);
    store.held.set(`${keys[1]}/manifest.json`, "a hold since then");
    const { removed, failed } = await prune(store, plan, (line) => lines.push(line));
    expect(failed.map(({ backup, reasons }) => [backup.key, reasons[0]])).toEqual([
      [keys[1], `${keys[1]}/manifest.json: a hold since then.`],
    ]);
    expect(removed.map(({ backup }) => backup.key)).toEqual([keys[0]]);
    expect((await listBackups(store)).map(({ state }) => state)).toEqual(["complete", "complete"]);
  });

  it("removes nothing when what was to be kept is gone meanwhile", async () => {
    const plan = await planPrune(store, task);
    await store.remove(`${keys[2]}/manifest.json`);
    const { removed, failed } = await prune(store, plan, () => undefined);
    expect(removed).toEqual([]);
    expect(failed).toHaveLength(2);
    expect(store.removed).toEqual([`${keys[2]}/manifest.json`]);
  });

  it.each(["hold", "20261127T115900Z.drill.json"])("leaves what has got a %s meanwhile", async (file) => {
    const plan = await planPrune(store, task);
    store.put(`${keys[1]}/${file}`, "{}");
    const { removed, failed } = await prune(store, plan, () => undefined);
    expect(failed.map(({ backup, reasons }) => [backup.key, reasons[0]])).toEqual([
      [keys[1], `${keys[1]}/${file} is there since this was decided: the next run decides anew`],
    ]);
    expect(removed.map(({ backup }) => backup.key)).toEqual([keys[0]]);
  });

  describe("beside a restore that is not finished", () => {
    const DAY = 86_400_000;
    const restored = async (daysAgo: number) =>
      markNeeded(store, `${keys[0]}`, "night-1", Date.now() - daysAgo * DAY);

    it("leaves the backup that it needs, and says so", async () => {
      await restored(29);
      const day = new Date(Date.now() - 29 * DAY).toISOString().slice(0, 10);
      const { kept, removed } = await run();
      expect(kept.find(({ backup }) => backup.key === keys[0])?.reasons).toEqual([
        `held: restore night-1 needed it on ${day}`,
      ]);
      expect(removed.map(({ backup }) => backup.key)).toEqual([keys[1]]);
    });

    it("also where it has begun since this was decided", async () => {
      const plan = await planPrune(store, task);
      await restored(0);
      const { failed } = await prune(store, plan, () => undefined);
      expect(failed.map(({ backup }) => backup.key)).toEqual([keys[0]]);
    });

    it("as long as somebody goes on with it, and a month more", async () => {
      await restored(31);
      expect((await planPrune(store, task)).removed).toHaveLength(2);
      await restored(2);
      await restored(2);
      expect((await planPrune(store, task)).removed).toHaveLength(1);
      expect(store.written.filter((key) => key.endsWith(".restore"))).toHaveLength(2);
    });
  });

  it("leaves an unfinished backup whose writer goes on meanwhile", async () => {
    const late = { policy: { hourly: 1 }, now: now + 3 * 86_400_000 };
    const manifest = store.objects.get(`${keys[0]}/manifest.json`) ?? Buffer.alloc(0);
    store.objects.delete(`${keys[0]}/manifest.json`);
    const plan = await planPrune(store, late);
    expect(plan.removed.map(({ backup }) => backup.state)).toContain("incomplete");
    store.objects.set(`${keys[0]}/manifest.json`, manifest);
    await prune(store, plan, () => undefined);
    expect((await listBackups(store)).map(({ key, state }) => [key, state])).toContainEqual([
      keys[0],
      "complete",
    ]);
  });

  it("counts a cluster that was made anew under its name by itself", async () => {
    const old = { kubeSystemUid: "before the disaster" };
    const kept = await putBackups(store, { time: time(5), ...old }, { time: time(6), ...old });
    const { removed } = await run();
    expect(removed.map(({ backup }) => backup.key).sort()).toEqual([kept[0], keys[0], keys[1]].sort());
  });

  it("looks at one cluster alone when told to", async () => {
    await putBackups(store, { cluster: "uc2", time: time(1) }, { cluster: "uc2", time: time(2) });
    const { removed } = await planPrune(store, { ...task, cluster: "uc2" });
    expect(removed.map(({ backup }) => backup.cluster)).toEqual(["uc2"]);
  });
});
