import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { compareKeys } from "../../../agent/comparedKeys";
import { metricsText, writeMetrics } from "../../../agent/metrics";
import { judgeAges } from "../../../automation/backups/judgeAges";
import { listBackups } from "../../../store/backups";
import { byCluster } from "../../../store/catalog";
import { type Drill, writeDrill } from "../../../store/drills";
import { planPrune } from "../../../store/prune";
import { MemoryStore } from "../../support/memoryStore";
import { putBackups } from "../../support/storedBackups";

const drill = (outcome: Drill["outcome"], time = "2026-11-27T06:00:00.000Z"): Drill => ({
  ...{ formatVersion: 1, time, outcome, sentence: `it ${outcome}`, toolVersion: "1" },
});
const now = Date.parse("2026-11-27T07:00:00Z");

describe("what a drill says of a backup", () => {
  const scene = async () => {
    const store = new MemoryStore();
    const times = ["2026-11-27T01:00:00.000Z", "2026-11-27T02:00:00.000Z", "2026-11-27T03:00:00.000Z"];
    const [first = "", second = "", third = ""] = await putBackups(store, ...times.map((time) => ({ time })));
    return { store, first, second, third };
  };

  it("a failed one takes the newest backup's word, a passed one keeps its own", async () => {
    const { store, first, second, third } = await scene();
    await writeDrill(store, third, drill("failed"));
    await writeDrill(store, first, drill("passed", "2026-11-27T05:00:00.000Z"));
    const reasons = async () => {
      const { kept } = await planPrune(store, { policy: { yearly: 0 }, now });
      return Object.fromEntries(kept.map(({ backup, reasons: why }) => [backup.key, why]));
    };
    const others = { [second]: ["newest verified"], [first]: ["newest proven by a drill"] };
    // gone with its drill, check would be met again, and nobody would have mended anything
    expect(await reasons()).toEqual({ ...others, [third]: ["the newest drill failed with it"] });
    await writeDrill(store, first, drill("passed", "2026-11-27T06:30:00.000Z"));
    expect(await reasons()).toEqual(others);
  });

  it("the newest one counts, and check fails when it failed", async () => {
    const { store, third, second } = await scene();
    const check = async () => judgeAges(byCluster(await listBackups(store), now), { objective: 86_400 });
    await writeDrill(store, third, drill("passed"));
    expect(await check()).toMatchObject([{ isMet: true }]);
    await writeDrill(store, second, drill("failed", "2026-11-27T06:30:00.000Z"));
    expect(await check()).toMatchObject([
      { isMet: false, reason: `the newest drill failed: ${second}: it failed` },
    ]);
    await writeDrill(store, second, drill("passed", "2026-11-27T06:40:00.000Z"));
    expect(await check()).toMatchObject([{ isMet: true }]);
  });

  it("one from the future hides none that was held since, of the same backup or another", async () => {
    const { store, third, second } = await scene();
    const check = async () => judgeAges(byCluster(await listBackups(store), now), { objective: 86_400 });
    const ahead = new Date(Date.now() + 40 * 86_400_000).toISOString();
    await writeDrill(store, third, drill("passed", ahead));
    expect(await check()).toMatchObject([{ isMet: true }]);
    await writeDrill(store, second, drill("failed"));
    expect(await check()).toMatchObject([{ isMet: false, reason: expect.stringContaining(second) }]);
    const { kept } = await planPrune(store, { policy: { yearly: 0 }, now });
    expect(kept.find(({ backup }) => backup.key === second)?.reasons).toEqual([
      "the newest drill failed with it",
    ]);
    await writeDrill(store, third, drill("failed", "2026-11-27T06:30:00.000Z"));
    expect((await listBackups(store))[0]?.drill?.outcome).toBe("failed");
  });

  it("is written once, and what nobody understands is none", async () => {
    const { store, third } = await scene();
    await writeDrill(store, third, drill("passed"));
    await expect(writeDrill(store, third, drill("failed"))).rejects.toThrow(/exists already/);
    store.put(`${third}/20261127T065959Z.drill.json`, "{");
    expect((await listBackups(store))[0]?.drill).toBeUndefined();
    expect((await listBackups(store))[0]?.state).toBe("complete");
  });
});

describe("the keys of a restored etcd", () => {
  const expected = ["a", "b", "c"].map((key, n) => ({ kind: "", key, revision: `${n + 2}` }));
  const etcdWith = (all: readonly { key: string; revision: string }[]) => ({
    async keysFrom(from: Buffer) {
      const rest = all.filter(({ key }) => Buffer.compare(Buffer.from(key), from) >= 0);
      const keys = rest.slice(0, 2).map(({ key, revision }) => ({ key: Buffer.from(key), revision }));
      return { revision: "9", keys, more: rest.length > 2 };
    },
  });
  const { signal } = new AbortController();

  it.each([
    ["all are there", expected, undefined],
    ["one is missing", expected.slice(0, 2), /key "c" is not in the restored etcd/],
    [
      "one is more",
      [...expected, { key: "d", revision: "7" }],
      /key "d" is at revision 7, the snapshot has none/,
    ],
    [
      "one is older",
      [{ key: "a", revision: "1" }, ...expected.slice(1)],
      /key "a" is at revision 1, the snapshot has 2/,
    ],
  ])("%s", async (_, there, difference) => {
    const found = await compareKeys(etcdWith(there), expected, signal);
    expect(found).toMatchObject({ revision: "9", keys: there.length });
    if (difference === undefined) expect(found.difference).toBeUndefined();
    else expect(found.difference).toMatch(difference);
  });
});

it("metrics are in Prometheus' text format", () => {
  const measured = { isDone: true, seconds: 1.5, result: { bytes: 7 } };
  expect(metricsText("uc1", "backup", measured, 5000)).toContain(
    '# TYPE etcd_backup_run_timestamp_seconds gauge\netcd_backup_run_timestamp_seconds{cluster="uc1",act="backup"} 5\n',
  );
  expect(metricsText("uc1", "backup", measured)).toContain(
    'etcd_backup_size_bytes{cluster="uc1",act="backup"} 7',
  );
});

it("a run's metrics leave what others have told: an alert by them must not fall silent", async () => {
  const directory = mkdtempSync(join(tmpdir(), "etcd-recovery-metrics-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const metricsFile = join(directory, "agent.prom");
  const tell = async (act: string, isDone: boolean, result: object = {}) => {
    await writeMetrics({ metricsFile, cluster: "uc1" }, act, { isDone, seconds: 1, result });
    return readFileSync(metricsFile, "utf8").split("\n");
  };
  writeFileSync(metricsFile, "no metrics\n");
  await tell("backup", false);
  const sample = (metric: string) => ({ metric, labels: { cluster: "uc1" }, value: 7 });
  await tell("watch", true, { samples: ["etcd_backup_failures", "etcd_backup_age_seconds"].map(sample) });
  const known = [
    'etcd_backup_run_success{cluster="uc1",act="backup"} 0',
    'etcd_backup_age_seconds{cluster="uc1"} 7',
  ];
  // a store that does not answer
  expect(await tell("watch", false)).toEqual(
    expect.arrayContaining([...known, 'etcd_backup_run_success{cluster="uc1",act="watch"} 0']),
  );
  expect(await tell("prune", true)).toEqual(expect.arrayContaining(known));
  const lines = await tell("watch", true, { samples: [sample("etcd_backup_failures")] });
  expect(lines).toContain('etcd_backup_failures{cluster="uc1"} 7');
  expect(lines).not.toContain(known[1]);
  const names = lines.filter((line) => line.startsWith("# TYPE"));
  expect(new Set(names).size).toBe(names.length);
});
