import { describe, expect, it } from "vitest";
import { startRollbackScene } from "../support/rollbackScene";

/**
 * One story on one lab: each test begins where the one before has left the cluster. More of it is in
 * test/nightly/rollback.test.ts.
 */
describe("what a restore put aside", () => {
  const scene = startRollbackScene("rollback");
  const { done, report, refused, directories, found } = scene;
  const resourceVersion = async () => {
    const { stdout } = await scene.lab.userKubectl("uc1", ["get", "--raw", "/api/v1/configmaps?limit=1"]);
    return String(JSON.parse(stdout).metadata.resourceVersion);
  };

  it("becomes the cluster's data again, above every revision that a client may remember", async () => {
    const remembered = await resourceVersion();
    await scene.stacks.restoreStack("back", { "restore.rollback": "wrong" });
    expect(await scene.stacks.done("preview")).toContain("restore-locate-previous");
    await done();
    expect(await scene.cluster.situation()).toEqual(found());
    const { restoredFrom, revision, members } = await report();
    expect(restoredFrom).toEqual({ rollback: "wrong", member: expect.stringMatching(/^kube-etcd-\d$/) });
    expect(BigInt(revision)).toBeGreaterThan(BigInt(remembered));
    expect(new Set(members.map((member: { hashKV: string }) => member.hashKV)).size).toBe(1);
    const watch = `/api/v1/configmaps?watch=true&timeoutSeconds=5&resourceVersion=${remembered}`;
    const { stdout, stderr } = await scene.lab.userKubectl("uc1", ["get", "--raw", watch], { reject: false });
    expect(stdout + stderr).toContain("too old resource version");
    await scene.stacks.done("up", "--yes", "--expect-no-changes");
    for (const names of await directories()) {
      expect(names).toEqual([".etcd-recovery", "member", "member.pre-back", "member.pre-wrong"]);
    }
  });

  it("is removed by that word alone, from every volume, and nothing else with it", async () => {
    const before = await directories();
    await scene.stacks.restoreStack("tidy", { "restore.finalize": "wrong" });
    await done();
    expect(await directories()).toEqual(
      before.map((names) => names.filter((name) => name !== "member.pre-wrong")),
    );
    expect(await scene.cluster.situation()).toEqual(found());
    const { finalized, members } = await report();
    expect(finalized).toBe("wrong");
    for (const { freedBytes } of members) expect(freedBytes).toBeGreaterThan(64e6);
    await scene.stacks.done("up", "--yes", "--expect-no-changes");
    expect(await refused("no-6", { "restore.rollback": "wrong" })).toContain(
      "restore.rollback: the previous data of restore wrong was removed at",
    );
    await scene.stacks.restoreStack("tidy-2", { "restore.finalize": "wrong" });
    await done();
    expect((await report()).members).toEqual(
      [0, 1, 2].map((n) => ({ name: `kube-etcd-${n}`, freedBytes: 0 })),
    );
  });
});
