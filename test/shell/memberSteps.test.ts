import { createHash } from "node:crypto";
import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fakeDatabase, fakeEtcdutl, fakeLog } from "../support/fakeEtcdutl";
import { shells } from "../support/shells";
import { StubPods } from "../support/stubPods";

const members = ["m-0", "m-1", "m-2"];
const snapshot = Buffer.alloc(1024 * 1024, "x");
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

/** The steps that give the members their data, each with the Pod's own script on a volume of its own. */
describe.each(shells)("members' steps under $name", (shell) => {
  let pods: StubPods;
  let file: string;
  const snapshotFacts = (bytes = snapshot) => ({
    SNAPSHOT: file,
    SNAPSHOT_SIZE: String(bytes.length),
    SNAPSHOT_SHA256: sha256(bytes),
    SNAPSHOT_REVISION: "42",
  });
  const volumes = () => members.map((member) => pods.volume(member));
  const changing = () => pods.calls().filter((call) => /\b(create|patch|replace|scale|delete)\b/.test(call));

  beforeEach(() => {
    pods = new StubPods(shell, members, "r1");
    file = join(pods.sandbox.directory, "snapshot.db");
    writeFileSync(file, snapshot);
  });
  afterEach(() => pods.dispose());

  describe("row 11: a volume that is too small", () => {
    const transfer = (size: string) =>
      pods.runOnVolume("m-1", size, "transfer", { MEMBER: "m-1", ...snapshotFacts() });

    it("row 11: is refused with the bytes that are needed, and nothing is sent", () => {
      const refused = transfer("65m");
      expect(refused).toMatchObject({ code: 3, stdout: "" });
      expect(refused.stderr).toBe(
        `member m-1: its volume has ${65 * 2 ** 20} bytes free, staging needs ${66 * 2 ** 20}\n` +
          "  Enlarge PersistentVolumeClaim data-m-1, or remove old member.pre-* directories.\n",
      );
      expect(pods.calls().filter((call) => call.includes("receive.sh"))).toEqual([]);
    });

    it("is large enough with just those bytes", () => {
      const { code, stdout, stderr } = transfer("66m");
      expect({ code, stdout }).toEqual({ code: 0, stdout: `sha256 ${sha256(snapshot)}\n` });
      expect(stderr).toMatch(/\n\.\/\.etcd-recovery\/r1\/snapshot\.db\n/);
    });

    it("faults row 24: that fills up while the snapshot arrives keeps nothing of it", () => {
      truncateSync(file, 80 * 2 ** 20);
      const facts = { MEMBER: "m-1", ...snapshotFacts(), SNAPSHOT_SIZE: "1000" };
      const { code, stderr } = pods.runOnVolume("m-1", "65m", "transfer", facts);
      expect(code).toBe(1);
      expect(stderr).toMatch(/No space left on device/);
      expect(stderr).toMatch(/^the snapshot arrived with an error \(see above\) after 6\d{7} bytes$/m);
      expect(stderr).toMatch(/member m-1: the snapshot did not arrive whole in 3 tries\n.*\n$/);
    });
  });

  describe("row 23: members that do not belong together", () => {
    /** Stages one member of this snapshot into the cluster of that id, as its log says it. */
    const stage = (member: string, cluster: string, bytes = snapshot) => {
      writeFileSync(file, bytes);
      const facts = { MEMBER: member, ...snapshotFacts(bytes) };
      expect(pods.run("transfer", facts)).toMatchObject({ code: 0 });
      const database = fakeDatabase("restored", 100);
      pods.sandbox.stub(
        "etcdutl",
        `${fakeEtcdutl({ database, ruin: 'truncate -s 1048576 "$m/snap/db"', log: fakeLog(cluster) })}`,
      );
      const staged = pods.run("stage", {
        ...facts,
        PEER_URL: `https://${member}:2380`,
        INITIAL_CLUSTER: "m-0=https://m-0:2380",
        CLUSTER_TOKEN: "token",
        BUMP: "1000",
      });
      expect(staged).toMatchObject({
        code: 0,
        stdout: `sha256 ${sha256(bytes)}\ncluster ${cluster}\nbump 1000\n`,
      });
    };
    const guard = () => pods.run("guard", { ...snapshotFacts(), LIVE_REVISION: "1", BUMP: "1000" });

    it("row 23: one staged into another cluster is refused by the guard, and nothing is written", () => {
      for (const member of ["m-0", "m-1"]) stage(member, "c0ffee");
      stage("m-2", "decaf");
      const refused = guard();
      expect(refused).toMatchObject({ code: 3, stdout: "" });
      expect(refused.stderr).toMatch(
        /^member m-2 was staged from another snapshot or for another cluster: sha256 \w+\ncluster decaf\nbump 1000 \(first member: sha256 \w+\ncluster c0ffee\nbump 1000\)\n {2}Start again with a new id: /,
      );
      expect(changing()).toEqual([]);
      for (const volume of volumes()) expect(existsSync(join(volume, "member"))).toBe(false);
    });

    it("row 23: one staged from another snapshot is refused as well", () => {
      for (const member of ["m-0", "m-1"]) stage(member, "c0ffee");
      stage("m-2", "c0ffee", Buffer.alloc(snapshot.length, "y"));
      expect(guard()).toMatchObject({
        code: 3,
        stderr: expect.stringContaining("member m-2 was staged from"),
      });
      expect(changing()).toEqual([]);
    });

    it("row 23: one that is not staged at all is an error, not the first one's equal", () => {
      for (const member of ["m-0", "m-2"]) stage(member, "c0ffee");
      const failed = guard();
      expect(failed.code).toBe(1);
      expect(failed.stderr).toMatch(/nothing is staged on this volume\n(.*\n)?member m-1 is not staged\n/);
      expect(changing()).toEqual([]);
    });

    it("lets equal ones pass to the next question", () => {
      for (const member of members) stage(member, "c0ffee");
      const marks = volumes().map((volume) => readFileSync(join(volume, ".etcd-recovery/r1/staged"), "utf8"));
      expect(new Set(marks).size).toBe(1);
      expect(guard().stderr).not.toContain("was staged from another");
      expect(pods.calls().some((call) => call.includes("get configmap etcd-recovery"))).toBe(true);
    });
  });
});
