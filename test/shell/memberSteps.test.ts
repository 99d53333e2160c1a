import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ActScene } from "../support/actScene";
import { fakeDatabase, fakeEtcdutl, fakeLog } from "../support/fakeEtcdutl";
import { fakeRequest } from "../support/fakeSubstrate";
import { PodDirectories } from "../support/podDirectories";
import { shells } from "../support/shells";

const members = ["kube-etcd-0", "kube-etcd-1", "kube-etcd-2"] as const;
const [first, second, third] = members;
const snapshot = Buffer.alloc(1024 * 1024, "x");
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const bump = "1000000000";

/** The acts that give the members their data, each with the members' own scripts on a volume of its own. */
describe.each(shells)("members' steps under $name", (shell) => {
  let pods: PodDirectories;
  let scene: ActScene;
  let file: string;
  const work = (member: string) => join(pods.data(member), ".etcd-recovery", "r1");
  const calls = (script: string) => pods.volumes.calls.filter((call) => call.startsWith(`${script} `));

  /** From here this snapshot is restored; the file may hold something else. */
  const restore = (bytes = snapshot, changes: { sizeBytes?: number } = {}) => {
    writeFileSync(file, bytes);
    const facts = { path: file, sizeBytes: bytes.length, sha256: sha256(bytes), revision: "42", ...changes };
    scene.request = fakeRequest({ snapshot: facts, reason: "a test" });
    scene.ledger({ phase: "open", snapshot: facts.sha256, revision: "42", bump });
  };
  /** Every member's image has an etcdutl that restores this snapshot into the cluster of that id. */
  const image = (cluster = "c0ffee") => {
    const ruin = `truncate -s ${snapshot.length} "$m/snap/db"`;
    const made = { database: fakeDatabase("restored", 100), ruin, log: fakeLog(cluster) };
    pods.sandbox.stub("etcdutl", fakeEtcdutl(made));
  };
  const staged = async (member: string, cluster = "c0ffee") => {
    image(cluster);
    await scene.done("transfer", member);
    const facts = await scene.done("stage", member);
    expect(facts).toEqual({ member, sha256: scene.request.snapshot?.sha256, cluster, bump });
  };

  beforeEach(() => {
    pods = new PodDirectories(shell, members, ["gzip"]);
    file = join(pods.sandbox.directory, "snapshot.db");
    scene = new ActScene({ volumes: pods.volumes });
    image();
    restore();
  });
  afterEach(() => pods.dispose());

  describe("row 11: a volume that is too small", () => {
    it("row 11: is refused with the bytes that are needed, and nothing is sent", async () => {
      await pods.volumes.mount(second, "69m");
      const { refusal } = await scene.run("transfer", second);
      expect(refusal).toMatchObject({ kind: "refused", code: "volume-full" });
      expect(refusal?.message).toBe(
        `member ${second}: its volume has ${69 * 2 ** 20} bytes free, staging needs ${66 * 2 ** 20}, and ${Math.floor((69 * 2 ** 20) / 20)} must stay free for the etcd that serves from it`,
      );
      expect(refusal?.remedy).toBe("Enlarge it, or remove old member.pre-* directories.");
      expect(calls("receive")).toEqual([]);
      expect(await pods.volumes.files(second)).toEqual([]);
    });

    it("is large enough with little more than those bytes", async () => {
      await pods.volumes.mount(second, "70m");
      expect(await scene.done("transfer", second)).toEqual({ member: second, sha256: sha256(snapshot) });
      expect(await pods.volumes.files(second)).toContain(".etcd-recovery/r1/snapshot.db");
    });

    it("faults row 24: that fills up while the snapshot arrives keeps nothing of it", async () => {
      restore(snapshot, { sizeBytes: 1000 });
      truncateSync(file, 80 * 2 ** 20);
      await pods.volumes.mount(second, "72m");
      const { refusal } = await scene.run("transfer", second);
      expect(refusal?.kind).toBe("failed");
      expect(refusal?.message).toMatch(
        /^member kube-etcd-1: the snapshot did not arrive whole in 3 tries: .*No space left on device/,
      );
      expect(refusal?.message).toMatch(
        /^the snapshot arrived with an error \(see above\) after 7\d{7} bytes$/m,
      );
      expect(calls("receive")).toHaveLength(3);
      expect(await pods.volumes.files(second)).toEqual([]);
    }, 60_000);
  });

  describe("what is sent", () => {
    it("arrives unpacked, of a file that is packed, over a stream that is packed again", async () => {
      writeFileSync(file, gzipSync(snapshot));
      expect(await scene.done("transfer", first)).toMatchObject({ sha256: sha256(snapshot) });
      expect(snapshot.equals(readFileSync(join(work(first), "snapshot.db")))).toBe(true);
      // dash finds this machine's zstd, which the volumes here are not given.
      const codec = shell.name === "dash" ? "none" : "gzip";
      expect(scene.lines).toEqual([`${first}: received ${snapshot.length} bytes (${codec} on the wire)`]);
    });

    it("is not sent twice, and is sent again where it is gone", async () => {
      await scene.done("transfer", first);
      await scene.done("transfer", first);
      expect(scene.lines.at(-1)).toBe(`${first}: received before`);
      expect(calls("receive")).toHaveLength(1);
      rmSync(join(work(first), "snapshot.db"));
      await scene.done("stage", first);
      expect(calls("receive")).toHaveLength(2);
      expect(scene.lines).toContainEqual(
        expect.stringMatching(
          /^kube-etcd-0: the snapshot has to be sent once more: .* run the transfer first/,
        ),
      );
    });

    it("is refused when the file is another than it was, and nothing of it stays", async () => {
      writeFileSync(file, Buffer.alloc(snapshot.length, "y"));
      const { refusal } = await scene.run("transfer", first);
      expect(refusal?.message).toMatch(/did not arrive whole in 3 tries: .* SHA-256 \w+ instead of \w+$/);
      expect(await pods.volumes.files(first)).toEqual([]);
    });
  });

  describe("row 23: members that do not belong together", () => {
    it("row 23: one staged into another cluster is refused by the last look, and nothing is written", async () => {
      for (const member of [first, second]) await staged(member);
      await staged(third, "decaf");
      const before = { ...scene.fake.ledger.fields };
      const { refusal } = await scene.run("confirm");
      expect(refusal).toMatchObject({ kind: "refused", code: "staged-other" });
      expect(refusal?.message).toMatch(
        /^member kube-etcd-2 was staged from another snapshot or for another cluster: sha256 \w+ cluster decaf bump 1000000000 \(first member: sha256 \w+ cluster c0ffee bump 1000000000\)$/,
      );
      expect(refusal?.remedy).toMatch(/^Start again with a new id: /);
      expect(scene.fake.ledger.fields).toEqual(before);
      for (const member of members) expect(existsSync(join(pods.data(member), "member"))).toBe(false);
    });

    it.each([
      ["from another snapshot", "another snapshot, or another bump, is staged"],
      ["not at all", "its staged data is not there: nothing is staged on this volume"],
    ])("row 23: one staged %s is staged anew by the last look, from the one snapshot", async (what, said) => {
      if (what === "from another snapshot") {
        restore(Buffer.alloc(snapshot.length, "y"));
        await staged(second);
        restore();
      }
      for (const member of [first, third]) await staged(member);
      expect(await scene.done("confirm")).toMatchObject({ cluster: "c0ffee" });
      expect(scene.lines).toContain(`${second}: ${said}: once more`);
      const marks = members.map((member) => readFileSync(join(work(member), "staged"), "utf8"));
      expect(new Set(marks)).toEqual(new Set([`sha256 ${sha256(snapshot)}\ncluster c0ffee\nbump ${bump}\n`]));
      expect(scene.fake.record.phase).toBe("staged");
    });

    it("lets equal ones pass to the next question", async () => {
      for (const member of members) await staged(member);
      expect(await scene.done("confirm")).toEqual({
        cluster: "c0ffee",
        replicas: { etcd: 3, apiServers: 3 },
      });
      expect(scene.fake.record).toMatchObject({ phase: "staged", cluster: "c0ffee" });
    });
  });
});
