import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSnapshotFacts } from "../../components/admission/snapshotFacts";
import { initialCluster, membersOf } from "../../components/hosted/hostedCluster";
import { gdcKubeception } from "../../components/profiles/gdcKubeception";
import { provideTools, type Tools } from "../../lab/tools/provideTools";
import { provideDebianEtcd } from "../support/debianEtcd";
import { EtcdServer } from "../support/etcdServer";
import { writeMemberScripts } from "../support/memberVolume";
import { receivedDigest, receivedVolume } from "../support/receivedVolume";
import { Sandbox, shells } from "../support/shells";
import { scratchDirectory } from "../support/testSnapshot";

/**
 * Bad inputs where etcd's own behaviour is what matters: what its tools do with them, and what the scripts and the
 * reader make of it. Row numbers are those of docs/reference/refusals.md.
 */
const directory = scratchDirectory();
let tools: Tools;
let snapshot: string;
let old: { etcd: string; etcdctl: string };
let oldSnapshot: string;
let sandbox: Sandbox;

beforeAll(async () => {
  tools = await provideTools({ only: ["etcd", "etcdctl", "etcdutl"] });
  old = await provideDebianEtcd();
  const filled = async (name: string, of: { etcd: string; etcdctl: string }) => {
    fs.mkdirSync(path.join(directory, name));
    const server = await EtcdServer.start(of, path.join(directory, name, "data"));
    for (let i = 0; i < 30; i++) await server.put(`/registry/k${i}`, `${i}`.repeat(3000));
    const file = await server.save(path.join(directory, `${name}.db`));
    await server.stop();
    return file;
  };
  snapshot = await filled("new", { etcd: tools.path("etcd"), etcdctl: tools.path("etcdctl") });
  oldSnapshot = await filled("old", old);
  const [dash] = shells;
  if (dash === undefined) throw new Error("no shell");
  sandbox = new Sandbox(dash);
  writeMemberScripts(path.join(directory, "scripts"));
  sandbox.stub("etcdutl", `exec ${tools.path("etcdutl")} "$@"`);
}, 900_000);
afterAll(() => {
  sandbox?.dispose();
  fs.rmSync(directory, { recursive: true });
});

const volume = (name: string, file = snapshot) => receivedVolume(directory, name, file);

const url = "http://127.0.0.1:23790";
const stageArguments = (change: { name?: string; cluster?: string; url?: string } = {}) => [
  "r1",
  "etcdutl",
  change.name ?? "one",
  change.cluster ?? `one=${url}`,
  "token",
  change.url ?? url,
  "1000000000",
  receivedDigest,
];
const stage = (data: string, change: Parameters<typeof stageArguments>[0] = {}) =>
  sandbox.runFile(path.join(directory, "scripts", "stage.sh"), stageArguments(change), {
    env: { DATA_DIRECTORY: data },
  });

const untouched = (data: string, work: string) => {
  expect(fs.readFileSync(path.join(data, "member", "snap", "db"), "utf8")).toBe("live");
  expect(fs.existsSync(path.join(work, "restored"))).toBe(false);
  expect(fs.existsSync(path.join(work, "staged"))).toBe(false);
};

describe("arguments of a restore", () => {
  test.each([
    ["28: a wrong member name", { name: "two" }, /couldn't find local name/],
    ["30: a wrong advertise URL", { url: "http://127.0.0.1:1" }, /--initial-cluster/],
    ["31: a duplicate URL", { cluster: `one=${url},two=${url}` }, /duplicate|URL/i],
  ])("row %s leaves the live data and no half directory", (row, change, sentence) => {
    const { data, work } = volume(`row-${row.slice(0, 2)}`);
    const failed = stage(data, change);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/^etcdutl could not restore the snapshot: /);
    expect(failed.stderr).toMatch(sentence);
    untouched(data, work);
    // The next run, with the right arguments, is not in its own way.
    expect(stage(data)).toMatchObject({ code: 0 });
  });

  test("rows 29, 32: etcdutl takes a list with members missing; the cluster's own is derived with all of them", () => {
    const { data } = volume("row-29");
    expect(stage(data, { cluster: `one=${url}` })).toMatchObject({ code: 0 });
    for (const members of [1, 3, 5]) {
      const all = initialCluster(membersOf({ members, profile: gdcKubeception }));
      expect(new Set(all.split(",")).size).toBe(members);
    }
  });

  test("row 33: etcdutl wants bump and mark-compacted together, and always gets both", async () => {
    const bare = ["snapshot", "restore", snapshot, "--data-dir", path.join(directory, "bare")];
    const alone = spawnSync(tools.path("etcdutl"), [...bare, "--bump-revision", "5"], { encoding: "utf8" });
    expect(alone.status).not.toBe(0);
    expect(alone.stderr).toContain("mark-compacted");
    const { data, work } = volume("row-33");
    expect(stage(data)).toMatchObject({ code: 0 });
    const restored = path.join(work, "restored", "member", "snap", "db");
    const facts = await readSnapshotFacts(restored, { allowUnhashed: true });
    expect(BigInt(facts.revision)).toBeGreaterThan(1_000_000_000n);
  });

  test("row 35: what a killed run left is replaced; the live directory is never a target", () => {
    const { data, work } = volume("row-35");
    fs.mkdirSync(path.join(work, "restored.part", "member", "snap"), { recursive: true });
    expect(stage(data)).toMatchObject({ code: 0 });
    expect(fs.existsSync(path.join(work, "restored.part"))).toBe(false);
    expect(fs.readFileSync(path.join(data, "member", "snap", "db"), "utf8")).toBe("live");
  });
});

describe("damaged snapshots: what `snapshot status` says beside the reader's verdict", () => {
  const damage: [string, (good: Buffer) => Buffer, statusAccepts: boolean][] = [
    ["11: one byte cut off", (good) => good.subarray(0, -1), true],
    ["12: the digest cut off", (good) => good.subarray(0, -32), true],
    ["13: a line feed at the end", (good) => Buffer.concat([good, Buffer.from("\n")]), true],
    ["15: a bit of a value", (good) => flip(good, good.lastIndexOf("2929292929") + 3), true],
    ["19: a bit of the digest", (good) => flip(good, good.length - 1), true],
    ["9: cut in half", (good) => good.subarray(0, Math.floor(good.length / 8192) * 4096), false],
  ];
  test.each(damage)("row %s", async (row, make, statusAccepts) => {
    const file = path.join(directory, `damaged-${row.slice(0, 2).trim()}.db`);
    fs.writeFileSync(file, make(fs.readFileSync(snapshot)));
    const status = spawnSync(tools.path("etcdutl"), ["snapshot", "status", file], { encoding: "utf8" });
    expect(status.status === 0).toBe(statusAccepts);
    await expect(readSnapshotFacts(file)).rejects.toThrow(/^restore.snapshot: .*damaged-/);
  });
});

describe("versions", () => {
  test("row 25: a snapshot says of which etcd it is", async () => {
    expect((await readSnapshotFacts(snapshot)).etcdVersion).toBe("3.6.0");
    expect((await readSnapshotFacts(oldSnapshot)).etcdVersion).toBe("3.4.0");
  });

  test("a newer tool's data runs under an older server", async () => {
    const { data, work } = volume("newer-tool", oldSnapshot);
    const own = `http://127.0.0.1:${23791}`;
    expect(stage(data, { cluster: `one=${own}`, url: own })).toMatchObject({ code: 0 });
    const restored = path.join(directory, "older-server");
    fs.mkdirSync(restored);
    fs.renameSync(path.join(work, "restored"), path.join(restored, "data"));
    const server = await EtcdServer.start(old, path.join(restored, "data"));
    try {
      expect(await server.ctl("get", "/registry/k7", "--print-value-only")).toBe("7".repeat(3000));
      await server.put("/registry/after", "1");
    } finally {
      await server.stop();
    }
    expect(execFileSync(old.etcd, ["--version"], { encoding: "utf8" })).toContain("3.4.");
  });
});

function flip(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
