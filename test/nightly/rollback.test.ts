import { randomBytes } from "node:crypto";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startRollbackScene } from "../support/rollbackScene";

/** Roll-backs that are refused, or interrupted, or meet damaged copies. One story on one lab. */
describe("what a restore put aside", () => {
  const scene = startRollbackScene("nightly-rollback");
  const { up, done, refused, volumes, found, restored } = scene;
  const spoil = async (restore: string, volume: string) => {
    const database = join(volume, `member.pre-${restore}`, "snap", "db");
    await writeFile(database, randomBytes((await stat(database)).size));
  };

  it("is not looked for under an id that this cluster does not know", async () => {
    const screen = await refused("no-1", { "restore.rollback": "nowhere" });
    expect(screen).toContain(
      "restore.rollback: this cluster has no restore nowhere; restores with previous data: wrong",
    );
    expect(await refused("no-2", { "restore.finalize": "nowhere" })).toContain(
      "restore.finalize: this cluster has no restore nowhere",
    );
  });

  it("is left alone while a restore is under way, and that one goes back as any other does", async () => {
    await scene.stacks.restoreStack("again", { "restore.rollback": "wrong" });
    scene.stacks.faults.arm("every", "swap: exec*/swap.sh*", 2);
    expect((await up()).exitCode).not.toBe(0);
    scene.stacks.faults.disarm();
    await scene.stacks.restoreStack("no-3", { "restore.finalize": "wrong" });
    expect((await up()).screen).toContain("restore again of this cluster is under way");
    await scene.stacks.done("destroy", "--yes", "--skip-preview");
    await scene.stacks.done("stack", "select", "restore-uc1-again");
    await scene.stacks.done("destroy", "--yes", "--skip-preview");
    expect(await scene.cluster.situation()).toEqual(restored());
    const screen = await refused("no-4", { "restore.rollback": "again" });
    expect(screen).toContain("restore.rollback: restore again was undone");
    expect(screen).toContain("restores with previous data: wrong");
  });

  it("is taken from a member whose copy can be read, and refused when there is none", async () => {
    const [first = "", ...others] = volumes();
    await spoil("wrong", first);
    await scene.stacks.restoreStack("forth", { "restore.rollback": "wrong" });
    expect(await done()).toContain("kube-etcd-0: what restore wrong put aside cannot be read");
    expect(await scene.cluster.situation()).toEqual(found());
    for (const volume of others) await spoil("wrong", volume);
    expect(await refused("no-5", { "restore.rollback": "wrong" })).toContain(
      "restore.rollback: what restore wrong put aside is damaged or absent on every member",
    );
  });
});
