import { randomBytes } from "node:crypto";
import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memberVolumePath } from "../../lab/clusters/userEtcd";
import { type Lab, startLab } from "../../lab/lab";
import { MarkedCluster, type Situation } from "../faults/outcome";
import { LabStacks } from "../support/labStack";

/** One story on one lab: each test begins where the one before has left the cluster. */
describe("what a restore put aside", () => {
  let lab: Lab;
  let stacks: LabStacks;
  let cluster: MarkedCluster;
  /** As it was before the restore of the wrong snapshot: objects "before" and "after". */
  let found: Situation;
  const restored = () => ({ ...found, objects: ["configmap/before"] });

  const up = () => stacks.pulumi("up", "--yes", "--skip-preview");
  const done = () => stacks.done("up", "--yes", "--skip-preview");
  const report = async () => JSON.parse(await stacks.done("stack", "output", "report"));
  /** Runs a stack of its own that must be refused, and leaves nothing of it. @returns what it said */
  const refused = async (id: string, settings: Record<string, string>) => {
    const before = await cluster.situation();
    await stacks.restoreStack(id, settings);
    const { exitCode, screen } = await up();
    expect(exitCode, screen).not.toBe(0);
    await stacks.done("destroy", "--yes", "--skip-preview");
    expect(await cluster.situation()).toEqual(before);
    return screen;
  };
  /** Directory of each member's volume. */
  const volumes = () =>
    lab.userCluster().memberNodes.map((node, n) => lab.machinePath(node, memberVolumePath("uc1", n)));
  const directories = () =>
    Promise.all(
      volumes().map(async (volume) => (await readdir(volume)).filter((name) => name !== "lost+found").sort()),
    );
  const spoil = async (restore: string, volume: string) => {
    const database = join(volume, `member.pre-${restore}`, "snap", "db");
    await writeFile(database, randomBytes((await stat(database)).size));
  };
  const resourceVersion = async () => {
    const { stdout } = await lab.userKubectl("uc1", ["get", "--raw", "/api/v1/configmaps?limit=1"]);
    return String(JSON.parse(stdout).metadata.resourceVersion);
  };

  beforeAll(async () => {
    lab = await startLab({ name: "rollback", workers: 1, members: 3, apiservers: 1 });
    stacks = await LabStacks.open(lab);
    cluster = new MarkedCluster(lab);
    await cluster.put("before");
    const snapshot = await stacks.backup();
    await cluster.put("after");
    found = await cluster.situation();
    await stacks.restoreStack("wrong", { "restore.snapshot": snapshot, "restore.reason": "a test" });
    await done();
    expect(await cluster.situation()).toEqual(restored());
  }, 900_000);

  afterAll(async () => {
    await stacks?.close();
    await lab?.down();
  });

  it("is not looked for under an id that this cluster does not know", async () => {
    const screen = await refused("no-1", { "restore.rollback": "nowhere" });
    expect(screen).toContain(
      "restore.rollback: this cluster has no restore nowhere; restores with previous data: wrong",
    );
    expect(await refused("no-2", { "restore.finalize": "nowhere" })).toContain(
      "restore.finalize: this cluster has no restore nowhere",
    );
  });

  it("becomes the cluster's data again, above every revision that a client may remember", async () => {
    const remembered = await resourceVersion();
    await stacks.restoreStack("back", { "restore.rollback": "wrong" });
    expect(await stacks.done("preview")).toContain("restore-locate-previous");
    await done();
    expect(await cluster.situation()).toEqual(found);
    const { restoredFrom, revision, members } = await report();
    expect(restoredFrom).toEqual({ rollback: "wrong", member: expect.stringMatching(/^kube-etcd-\d$/) });
    expect(BigInt(revision)).toBeGreaterThan(BigInt(remembered));
    expect(new Set(members.map((member: { hashKV: string }) => member.hashKV)).size).toBe(1);
    const watch = `/api/v1/configmaps?watch=true&timeoutSeconds=5&resourceVersion=${remembered}`;
    const { stdout, stderr } = await lab.userKubectl("uc1", ["get", "--raw", watch], { reject: false });
    expect(stdout + stderr).toContain("too old resource version");
    await stacks.done("up", "--yes", "--expect-no-changes");
    for (const names of await directories()) {
      expect(names).toEqual([".etcd-recovery", "member", "member.pre-back", "member.pre-wrong"]);
    }
  });

  it("is left alone while a restore is under way, and that one goes back as any other does", async () => {
    await stacks.restoreStack("again", { "restore.rollback": "back" });
    stacks.faults.arm("every", "swap: exec*/swap.sh*", 2);
    expect((await up()).exitCode).not.toBe(0);
    stacks.faults.disarm();
    await stacks.restoreStack("no-3", { "restore.finalize": "wrong" });
    expect((await up()).screen).toContain("restore again of this cluster is under way");
    await stacks.done("destroy", "--yes", "--skip-preview");
    await stacks.done("stack", "select", "restore-uc1-again");
    await stacks.done("destroy", "--yes", "--skip-preview");
    expect(await cluster.situation()).toEqual(found);
    const screen = await refused("no-4", { "restore.rollback": "again" });
    expect(screen).toContain("restore.rollback: restore again was undone");
    expect(screen).toContain("restores with previous data: back wrong");
  });

  it("is taken from a member whose copy can be read, and refused when there is none", async () => {
    const [first = "", ...others] = volumes();
    await spoil("back", first);
    await stacks.restoreStack("forth", { "restore.rollback": "back" });
    expect(await done()).toContain("kube-etcd-0: what restore back put aside cannot be read");
    expect(await cluster.situation()).toEqual(restored());
    for (const volume of others) await spoil("back", volume);
    expect(await refused("no-5", { "restore.rollback": "back" })).toContain(
      "restore.rollback: what restore back put aside is damaged or absent on every member",
    );
  });

  it("is removed by that word alone, from every volume, and nothing else with it", async () => {
    const before = await directories();
    await stacks.restoreStack("tidy", { "restore.finalize": "wrong" });
    await done();
    expect(await directories()).toEqual(
      before.map((names) => names.filter((name) => name !== "member.pre-wrong")),
    );
    expect(await cluster.situation()).toEqual(restored());
    const { finalized, members } = await report();
    expect(finalized).toBe("wrong");
    for (const { freedBytes } of members) expect(freedBytes).toBeGreaterThan(64e6);
    await stacks.done("up", "--yes", "--expect-no-changes");
    expect(await refused("no-6", { "restore.rollback": "wrong" })).toContain(
      "restore.rollback: the previous data of restore wrong was removed at",
    );
    await stacks.restoreStack("tidy-2", { "restore.finalize": "wrong" });
    await done();
    expect((await report()).members).toEqual(
      [0, 1, 2].map((n) => ({ name: `kube-etcd-${n}`, freedBytes: 0 })),
    );
  });
});
