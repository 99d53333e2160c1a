import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { judgeAges } from "../../../automation/backups/judgeAges";
import { performBackupStep } from "../../../components/backup/backupSteps";
import { isComplete, listBackups } from "../../../store/backups";
import { ageText, parseDuration } from "../../../store/catalog";
import { DirectoryStore } from "../../../store/directoryStore";
import { runCommand } from "../../support/commandLine";
import { putBackups } from "../../support/storedBackups";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";
import { FakeSource } from "../backup/fakeSource";

const scratch = scratchDirectory();
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const run = (...argv: string[]) => runCommand(scratch, ...argv);
const json = async (...argv: string[]) => {
  const ran = await run(...argv, "-o", "json");
  return { ...ran, document: JSON.parse(ran.stdout) };
};
const HOUR = 3600_000;
const ago = (hours: number) => new Date(Date.now() - hours * HOUR).toISOString();

/** Two backups as a stack takes them: the older one has map-4, the newer one has not. */
const taken = join(scratch, "taken");
const take = async (generation: string, maps: number) => {
  const source = new FakeSource(writeSnapshot(scratch, "s.db", { records: kubernetesRecords(maps) }));
  source.user = undefined;
  for (const name of ["capture", "seal"])
    await performBackupStep(
      name,
      {
        ...{ format: 1, operation: "backup", substrate: { kind: "hosted" }, cluster: "uc1", generation },
        ...{ profile: "gdc-kubeception", directory: taken, podDirectory: "/tmp", saveSeconds: 20 },
      },
      { toolVersion: "1", say: () => undefined, open: async () => source },
    );
};
beforeAll(async () => {
  await take("1", 5);
  await take("2", 3);
});

let numbered = 0;
let place: string;
let store: DirectoryStore;
beforeEach(() => {
  place = join(scratch, `store-${++numbered}`);
  store = new DirectoryStore(place);
});

describe("backup prune", () => {
  it("says what it would remove and removes nothing, then removes it", async () => {
    const keys = await putBackups(store, ...[0.01, 0.02, 30].map((hours) => ({ time: ago(hours) })));
    const argv = ["backup", "prune", "--store", place, "--keep", "hourly=1"];
    const dry = await run(...argv, "--dry-run");
    expect(dry.exitCode).toBe(0);
    expect(dry.stdout).toMatch(/1 backup kept, 2 to be removed \(/);
    expect(await listBackups(store)).toHaveLength(3);
    const { exitCode, document, stderr } = await json(...argv, "--yes");
    expect(exitCode).toBe(0);
    expect(document).toMatchObject({ schemaVersion: 1, store: place, policy: { hourly: 1 }, dryRun: false });
    expect(document.kept).toMatchObject([
      { key: keys[0], reasons: ["newest verified", expect.stringMatching(/^hourly /)] },
    ]);
    expect(document.removed.map(({ key }: { key: string }) => key)).toEqual([keys[1], keys[2]]);
    expect(stderr.split("\n")).toHaveLength(2);
    expect((await listBackups(store)).map(({ key }) => key)).toEqual([keys[0]]);
  });

  it("asks, and removes nothing where there is nobody to ask", async () => {
    await putBackups(store, { time: ago(0.01) }, { time: ago(0.02) });
    const { exitCode, stderr } = await run("backup", "prune", "--store", place, "--keep", "hourly=1");
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/backup prune removes backups, and there is no terminal to ask at/);
    expect(await listBackups(store)).toHaveLength(2);
  });

  it.each([
    [["--store", "/nowhere/at/all"], /--store: \/nowhere\/at\/all is not there/],
    [["--store", "gs://"], /is no address of a bucket/],
    [["--store", ".", "--keep", "daily=0"], /--keep: it keeps nothing/],
  ])("refuses %j", async (argv, sentence) => {
    const { exitCode, stderr } = await run("backup", "prune", ...argv);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(sentence)]);
  });
});

describe("catalog", () => {
  it("list says of each cluster how old its newest is, and of each backup what it is", async () => {
    const keys = await putBackups(
      store,
      { time: ago(3) },
      { time: ago(30) },
      { cluster: "uc2", time: ago(1) },
    );
    rmSync(join(place, `${keys[1]}/snapshot.db`));
    rmSync(join(place, `${keys[2]}/manifest.json`));
    const { stdout, exitCode } = await run("catalog", "list", "--store", place);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^uc1: newest verified 3 h 0 min old$/m);
    expect(stdout).toMatch(/corrupt .*snapshot.db is missing/);
    expect(stdout).toMatch(/^uc2: none may be restored$/m);
    const yaml = await run("catalog", "list", "--store", place, "--cluster", "uc1", "-o", "yaml");
    expect(parse(yaml.stdout)).toMatchObject({
      clusters: [{ cluster: "uc1", newest: keys[0] }],
      backups: [{ state: "complete" }, { state: "corrupt" }],
    });
  });

  it("show finds a backup by its key, its address, the beginning of its time or digest", async () => {
    const [key = ""] = await putBackups(store, { time: "2026-01-02T03:04:05.000Z", sha256: "b".repeat(64) });
    await putBackups(store, { time: "2026-01-03T03:04:05.000Z", sha256: "c".repeat(64) });
    for (const name of [key, `${place}/${key}`, "20260102T", "bbbbb"]) {
      const { document } = await json("catalog", "show", name, "--store", place);
      expect(document).toMatchObject({ key, address: `${place}/${key}`, manifest: { formatVersion: 2 } });
    }
    expect((await run("catalog", "show", "2026010", "--store", place)).stderr).toMatch(
      /may be .* or .*whole key/,
    );
    expect((await run("catalog", "show", "ffff", "--store", place)).stderr).toMatch(/has no backup "ffff"/);
    expect((await run("catalog", "show", key, "--store", place)).stdout).toMatch(
      /UID of kube-system +7c0ffee0/,
    );
  });

  it("verify reads what a stack has written, and notices a byte", async () => {
    const sound = await json("catalog", "verify", "--all", "--store", taken);
    expect(sound.exitCode).toBe(0);
    expect(sound.document.backups.map(({ valid }: { valid: boolean }) => valid)).toEqual([true, true]);
    const [key = ""] = await putBackups(store, {
      time: ago(1),
      sha256: "3a6eb0790f39ac87c94f3856b2dd2c5d110e6811602261a9a923d3bb23adc8b7",
    });
    expect((await run("catalog", "verify", "--store", place)).stdout).toMatch(/^valid/);
    writeFileSync(join(place, key, "snapshot.db"), "dat4");
    const { exitCode, stdout } = await run("catalog", "verify", "--store", place);
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/^CORRUPT .*snapshot.db has SHA-256 [0-9a-f]+, its manifest says 3a6e/);
    expect((await json("check", "--objective", "2h", "--store", place)).document.met).toBe(true);
    const checked = await json("check", "--objective", "2h", "--verify", "--store", place);
    expect(checked).toMatchObject({
      exitCode: 1,
      document: { met: false, clusters: [{ reason: /SHA-256/ }] },
    });
  });

  it("verify of an empty store is no success", async () => {
    await store.writeOnce("other/x", {
      open: () => (require("node:stream") as typeof import("node:stream")).Readable.from([]),
    });
    expect(await run("catalog", "verify", "--store", place)).toMatchObject({
      exitCode: 1,
      stdout: "no backup to verify",
    });
  });

  it("takes a file for no store, and no option that it would not heed", async () => {
    const file = join(scratch, "s.db");
    for (const argv of [
      ["catalog", "list"],
      ["backup", "prune"],
      ["check", "--objective", "1h"],
    ])
      expect(await run(...argv, "--store", file)).toMatchObject({
        exitCode: 2,
        stderr: `--store: ${file} is no directory. Give backup.directory of the backup stack, or gs://BUCKET.`,
      });
    expect(await run("catalog", "verify", "2026", "--all", "--store", taken)).toMatchObject({
      exitCode: 2,
      stderr: "--all and names of backups are two ways to say which. Give one of them.",
    });
    expect(
      await run("check", "--objective", "1h", "--identity-file", "none", "--store", taken),
    ).toMatchObject({
      exitCode: 2,
      stderr: "--identity-file: nothing is read without --verify. Give --verify as well.",
    });
  });

  it("prints YAML that readers of YAML 1.1 take for the same", async () => {
    await putBackups(store, { cluster: "no", time: ago(1) });
    const { stdout } = await run("catalog", "list", "--store", place, "-o", "yaml");
    expect(parse(stdout, { version: "1.1" })).toMatchObject({
      backups: [{ cluster: "no", time: expect.stringMatching(/^2/) }],
    });
    expect(parse(stdout)).toMatchObject({ backups: [{ cluster: "no" }] });
  });

  it("find says which backup last had an object, and which newer ones have not", async () => {
    const [newer, older] = (await listBackups(new DirectoryStore(taken))).filter(isComplete);
    const gone = await json("catalog", "find", "cm", "default/map-4", "--store", taken);
    expect(gone.document).toMatchObject({
      found: [
        {
          key: older?.key,
          keys: [{ kind: "ConfigMap", key: "/registry/configmaps/default/map-4", revision: "7" }],
        },
      ],
      without: [newer?.key],
    });
    for (const kind of ["configmap", "ConfigMaps", "CM"]) {
      const { document } = await json("catalog", "find", kind, "map-1", "--store", taken);
      expect(document.found).toMatchObject([{ key: newer?.key }]);
    }
    const none = await run("catalog", "find", "cm", "other/map-1", "--store", taken);
    expect(none).toMatchObject({ exitCode: 1, stdout: /^no backup has cm other\/map-1\n2 newer or other/ });
  });

  it("find says of backups of an earlier version that nobody looked", async () => {
    const fixture = join(__dirname, "../store/fixtures/format1");
    const { exitCode, document } = await json("catalog", "find", "cm", "map-1", "--store", fixture);
    expect({ exitCode, ...document }).toMatchObject({
      exitCode: 1,
      found: [],
      unknown: [/20261127T020800Z/],
    });
  });
});

describe("check", () => {
  it("is met while the newest verified backup is young enough", async () => {
    await putBackups(store, { time: ago(3) }, { cluster: "uc2", time: ago(5) });
    const check = (...argv: string[]) => run("check", "--store", place, ...argv);
    expect((await check("--objective", "6h")).exitCode).toBe(0);
    const late = await check("--objective", "4h");
    expect(late).toMatchObject({ exitCode: 1, stdout: /FAILED {2}uc2 .*it may be 4 h 0 min old/ });
    expect((await check("--objective", "4h", "--cluster", "uc1")).exitCode).toBe(0);
    const none = await check("--objective", "4h", "--cluster", "uc9");
    expect(none).toMatchObject({ exitCode: 1, stdout: /FAILED {2}uc9 .*it has no backups here/ });
    expect((await check("--objective", "soon")).exitCode).toBe(2);
  });

  it("fails when a newer one is corrupt, or nothing may be restored, or nothing is there", async () => {
    const keys = await putBackups(store, { time: ago(1) }, { time: ago(2) });
    writeFileSync(join(place, `${keys[0]}/snapshot.db`), "longer than before");
    const check = () => run("check", "--store", place, "--objective", "4h");
    expect(await check()).toMatchObject({ exitCode: 1, stdout: /a newer one is corrupt/ });
    rmSync(join(place, `${keys[1]}/manifest.json`));
    expect(await check()).toMatchObject({ exitCode: 1, stdout: /all are corrupt, incomplete/ });
    rmSync(join(place, "v1"), { recursive: true });
    expect(await check()).toMatchObject({ exitCode: 1, stdout: /the store has no backups/ });
  });

  it("writes a textfile beside its verdict, whatever that is, of the cluster that must be there too", async () => {
    await putBackups(store, { time: ago(3), bytes: 4 }, { time: ago(5), bytes: 4 });
    const file = join(scratch, "etcd.prom");
    const check = (...argv: string[]) =>
      run("check", "--store", place, "--objective", "2h", "--metrics", file, ...argv);
    expect((await check()).exitCode).toBe(1);
    const text = readFileSync(file, "utf8");
    expect(text).toMatch(/^etcd_backup_age_seconds\{cluster="uc1"\} 108\d\d$/m);
    expect(text).toMatch(/^etcd_backup_snapshot_size_ratio\{cluster="uc1"\} 1$/m);
    await check("--cluster", "uc9");
    expect(readFileSync(file, "utf8")).toMatch(/^etcd_backups\{cluster="uc9",state="complete"\} 0$/m);
    const none = await run("check", "--store", place, "--objective", "9h", "--metrics", "/nowhere/x.prom");
    expect(none).toMatchObject({ exitCode: 2, stderr: /--metrics: \/nowhere\/x.prom cannot be written/ });
  });

  it("a backup from the future proves nothing", () => {
    const newest = { key: "k", time: "2030-01-01T00:00:00Z" } as never;
    const verdicts = judgeAges([{ cluster: "uc1", backups: [], newest, ageSeconds: -4000 }], {
      objective: 60,
    });
    expect(verdicts).toMatchObject([{ isMet: false, reason: "its time lies in the future" }]);
  });
});

it.each([
  ["90m", 5400],
  ["90 min", 5400],
  ["26h", 93_600],
  ["2d", 172_800],
  ["1w", 604_800],
])("%s are %i seconds", (text, seconds) => {
  expect(parseDuration(text, "--objective")).toBe(seconds);
  expect(ageText(93_784)).toBe("1 d 2 h");
});
