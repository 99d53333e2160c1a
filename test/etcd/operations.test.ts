import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readSnapshotFacts } from "../../components/admission/snapshotFacts";
import type { Operation } from "../../components/procedure/arguments";
import { stepsAfterGuard } from "../../components/procedure/phases";
import type { Request } from "../../components/procedure/request";
import { provideTools, type Tools } from "../../lab/tools/provideTools";
import { ActScene } from "../support/actScene";
import { DirectoryVolumes } from "../support/directoryVolumes";
import { EtcdMembers } from "../support/etcdMembers";
import { EtcdServer } from "../support/etcdServer";
import { writeMemberScripts } from "../support/memberVolume";
import { ProcessRepair } from "../support/processRepair";
import { scratchDirectory } from "../support/testSnapshot";

/**
 * Whole operations by the table of phases, on real members: their volumes are directories with the members' own scripts,
 * etcd and its tools are real. What is not etcd, the servers and controllers around it, is in memory.
 */
const directory = scratchDirectory();
let members: EtcdMembers;
let scene: ActScene;
let volumes: DirectoryVolumes;
let repair: ProcessRepair;
let snapshot: NonNullable<Request["snapshot"]>;

async function saveSnapshot(tools: Tools): Promise<string> {
  const binaries = { etcd: tools.path("etcd"), etcdctl: tools.path("etcdctl") };
  const server = await EtcdServer.start(binaries, path.join(directory, "source"));
  for (let n = 0; n < 20; n += 1) await server.put(`/registry/k${n}`, `${n}`.repeat(2000));
  const file = await server.save(path.join(directory, "snapshot.db"));
  await server.stop();
  return file;
}

beforeAll(async () => {
  const tools = await provideTools({ only: ["etcd", "etcdctl", "etcdutl"] });
  const file = await saveSnapshot(tools);
  const { sizeBytes, sha256, end, revision, etcdVersion } = await readSnapshotFacts(file);
  snapshot = { path: file, sizeBytes, sha256, end, revision, etcdVersion, kubeSystemUid: "11111111-aaaa" };
  members = await EtcdMembers.start(tools, { directory, snapshots: file, bump: 0 });
  volumes = new DirectoryVolumes({
    directories: members.directories,
    scripts: writeMemberScripts(path.join(directory, "scripts")),
    shell: ["/bin/dash"],
    path: `${path.dirname(tools.path("etcdutl"))}:${process.env.PATH}`,
    codecs: ["zstd", "gzip"],
  });
  repair = new ProcessRepair(members, tools.path("etcd"));
  scene = new ActScene({ members: members.members, etcd: members.etcd, volumes, repair });
  scene.fake.calls.after(/^workloads.stop StatefulSet\/kube-etcd$/, () => members.shutDown());
  scene.fake.calls.after(/^workloads.start StatefulSet\/kube-etcd$/, () => members.bootAll());
}, 900_000);
afterAll(async () => {
  await repair?.stop();
  await members?.stop();
  fs.rmSync(directory, { recursive: true });
});

/** Runs all steps of an operation, each member's at once. */
async function operate(operation: Operation, id: string, request: Request): Promise<void> {
  Object.assign(scene, { operation, id, request: { utilityImage: "util:1", ...request } });
  await scene.done("preflight");
  if (operation !== "finalize") await scene.done("guard");
  const steps = stepsAfterGuard(operation).filter(({ only }) => only === undefined);
  const rows = operation === "finalize" ? ["remove-previous"] : steps;
  for (const row of rows) {
    if (typeof row === "string") await scene.done(row);
    else await (row.where === "member" ? scene.each(row.act) : scene.done(row.act));
  }
}

const value = async (key: string) => (await members.ctl(1, "get", key, "--print-value-only")).slice(0, 9);
const revision = async () => JSON.parse(await members.ctl(1, "get", "x", "-w", "json")).header.revision;
const previous = (id: string) =>
  Object.values(members.directories).map((data) => fs.existsSync(path.join(data, `member.pre-${id}`)));

it("a restore brings back what the snapshot holds, ahead of what clients saw; its previous data stays", async () => {
  await members.ctl(0, "put", "/registry/later", "kept");
  await members.ctl(0, "del", "/registry/k7");
  const seen = await revision();
  await operate("restore", "r1", { snapshot, reason: "a test" });
  expect(scene.fake.record).toMatchObject({ id: "r1", phase: "finished", snapshot: snapshot.sha256 });
  expect(await value("/registry/k7")).toBe("777777777");
  expect(await value("/registry/later")).toBe("");
  expect(await revision()).toBeGreaterThan(seen + 999_999_999);
  expect(previous("r1")).toEqual([true, true, true]);
  expect(scene.lines).toContain(`kube-etcd-1: received ${snapshot.sizeBytes} bytes (zstd on the wire)`);
  expect(scene.lines).toContainEqual(
    expect.stringMatching(/^etcd: 3 members equal at revision \d+, writable$/),
  );
});

it("a roll-back brings back what the restore put aside, of one copy, sent from member to member", async () => {
  const seen = await revision();
  scene.lines.length = 0;
  volumes.calls.length = 0;
  await operate("rollback", "back", { rollback: "r1" });
  const { phase, source, revision: of } = scene.fake.record;
  expect({ phase, source: typeof source }).toEqual({ phase: "finished", source: "string" });
  expect(Number(of)).toBeLessThan(1_000_000);
  expect(await value("/registry/later")).toBe("kept");
  expect(await value("/registry/k7")).toBe("");
  expect(await revision()).toBeGreaterThan(seen);
  expect(volumes.calls.filter((call) => call.startsWith("send-previous "))).toHaveLength(2);
  expect(volumes.calls.filter((call) => call.startsWith("copy-previous "))).toEqual([
    `copy-previous ${source}`,
  ]);
  expect(previous("back")).toEqual([true, true, true]);
});

it("a removal gives the space of what the restore put aside back, and of nothing else", async () => {
  await operate("finalize", "f1", { finalize: "r1" });
  expect(previous("r1")).toEqual([false, false, false]);
  expect(previous("back")).toEqual([true, true, true]);
  expect(await value("/registry/later")).toBe("kept");
  const freed = scene.lines.filter((line) => /removed what restore r1 put aside, \d{6,} bytes$/.test(line));
  expect(freed).toHaveLength(3);
});

it("a repair replaces one damaged member beside the others, which serve on; its data stays aside", async () => {
  const bad = "kube-etcd-2";
  const idOf = async () => {
    const { members: listed } = JSON.parse(await members.ctl(0, "member", "list", "-w", "json"));
    return listed.find(({ name }: { name: string }) => name === bad)?.ID;
  };
  const before = await idOf();
  await members.end(2);
  const database = path.join(members.directories[bad] ?? "", "member", "snap", "db");
  fs.writeFileSync(database, Buffer.alloc(100_000, 0x5a));
  repair.supervise(bad);
  scene.lines.length = 0;
  await operate("repair", "m1", { repair: bad });
  expect(scene.fake.record).toMatchObject({ id: "m1", kind: "repair", phase: "finished", member: bad });
  expect(scene.lines).toContainEqual(
    expect.stringMatching(/^etcd: 3 members equal at revision \d+, kube-etcd-2 takes writes$/),
  );
  expect(await idOf()).not.toBe(before);
  expect(await members.ctl(2, "get", "/registry/later", "--print-value-only")).toBe("kept");
  expect(previous("m1")).toEqual([false, false, true]);
});
