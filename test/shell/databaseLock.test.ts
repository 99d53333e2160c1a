import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memberCalls } from "../../components/member/memberCalls";
import { machineScript } from "../../components/nodes/machineScripts";
import { HeldLock } from "../support/heldLock";
import { Sandbox, shells } from "../support/shells";
import { StagingVolume } from "../support/stagingVolume";

/**
 * bbolt holds a lock on the database as long as its process lives. Steps of several members look at once, each at all
 * machines, and none may take the look of another for an etcd.
 */
describe.each(shells)("who holds the database, under $name", (shell) => {
  let lock: HeldLock | undefined;
  afterEach(async () => {
    await lock?.end();
    lock = undefined;
  });

  describe("asked by status", () => {
    let sandbox: Sandbox;
    let data: string;
    const instances = () => {
      const places = { manifests: sandbox.directory, state: join(sandbox.directory, "state") };
      const argv = ["etcd.yaml", "etcd", data, "-"];
      const { stdout } = sandbox.run(machineScript(places, "status", ...argv).text, argv, { input: "" });
      return stdout.split("\n").filter((line) => line.startsWith("instance"));
    };

    beforeEach(() => {
      sandbox = new Sandbox(shell);
      data = join(sandbox.directory, "data");
      mkdirSync(join(data, "member", "snap"), { recursive: true });
      writeFileSync(join(data, "member", "snap", "db"), "");
      sandbox.stub("ctr", ":");
      // util-linux is on every machine; Debian's busybox has no flock
      sandbox.stub("flock", 'exec /usr/bin/flock "$@"');
    });
    afterEach(() => sandbox.dispose());

    it("an etcd does", async () => {
      lock = await HeldLock.take(join(data, "member", "snap", "db"), "exclusive");
      expect(instances()).toEqual([
        `instance etcd.yaml process with a lock on ${join(data, "member", "snap", "db")}`,
      ]);
    });

    it("another look does not", async () => {
      lock = await HeldLock.take(join(data, "member", "snap", "db"), "shared");
      expect(instances()).toEqual([]);
    });
  });

  describe("asked by swap", () => {
    let volume: StagingVolume;
    const live = () => join(volume.data, "member", "snap", "db");

    beforeEach(() => {
      volume = new StagingVolume(shell);
      volume.sandbox.stub("flock", 'exec /usr/bin/flock "$@"');
      volume.receive();
      volume.stage();
    });
    afterEach(() => volume.dispose());

    it("an etcd does: nothing is swapped", async () => {
      lock = await HeldLock.take(live(), "exclusive");
      const { code, stderr } = volume.run(memberCalls.swap("r1"));
      expect([code, stderr.trim()]).toEqual([1, `etcd still holds ${live()}`]);
      expect(volume.live()).toBe("old");
    });

    it("another look does not", async () => {
      lock = await HeldLock.take(live(), "shared");
      expect(volume.run(memberCalls.swap("r1"))).toMatchObject({ code: 0, stdout: "swapped\n" });
    });
  });
});
