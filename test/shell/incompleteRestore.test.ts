import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FakeMember, fakeEtcdutl } from "../support/fakeEtcdutl";
import { shells } from "../support/shells";
import { restored as database, digest, StagingVolume, snapshot } from "../support/stagingVolume";

/** A tool that ends with 0 and has done less than it should, and a disk that has. */
describe.each(shells)("a restore that is not complete, under $name", (shell) => {
  let volume: StagingVolume;

  beforeEach(() => {
    volume = new StagingVolume(shell);
    expect(volume.receive().code).toBe(0);
  });
  afterEach(() => volume.dispose());

  it.each<[string, Partial<FakeMember>, RegExp]>([
    ["nothing at all", { ruin: 'rm -r "$m"' }, /no member\/snap\/db/],
    ["no database", { ruin: 'rm "$m/snap/db"' }, /no member\/snap\/db/],
    ["a directory for a database", { ruin: 'rm "$m/snap/db"; mkdir "$m/snap/db"' }, /no member\/snap\/db/],
    [
      "an empty database",
      { database: "" },
      new RegExp(`a member/snap/db of 0 bytes from a snapshot of ${snapshot.length}`),
    ],
    [
      "a cut database",
      { database: database.slice(1) },
      new RegExp(`a member/snap/db of ${database.length - 1} bytes`),
    ],
    ["no directory of logs", { ruin: 'rm -r "$m/wal"' }, /no log in member\/wal/],
    ["no log", { ruin: 'rm "$m/wal"/*' }, /no log in member\/wal/],
    ["an empty log", { ruin: ': > "$m/wal/0000000000000000-0000000000000000.wal"' }, /no log in member\/wal/],
    ["no raft snapshot", { ruin: 'rm "$m"/snap/*.snap' }, /no raft snapshot in member\/snap/],
    ["no raft snapshot, by 3.7", { ruin: 'rm "$m"/snap/*.snap', version: "3.7.2" }, /no raft snapshot/],
    [
      "an empty raft snapshot",
      { ruin: ': > "$m/snap/0000000000000001-0000000000000001.snap"' },
      /no raft snap/,
    ],
    ["no id of a cluster", { log: "info restored" }, /no id of a cluster in its log: info restored/],
  ])("row 23: refuses %s, stages nothing and touches nothing", (_, made, sentence) => {
    volume.sandbox.stub("etcdutl", fakeEtcdutl({ database, ...made }));
    const refused = volume.stage();
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^etcdutl ended without an error and left /);
    expect(refused.stderr).toMatch(sentence);
    expect(readdirSync(volume.work).sort()).toEqual(["received", "restore.log", "snapshot.db"]);
    expect(volume.tree(join(volume.data, "member"))).toEqual(["snap", "snap/db", "wal", "wal/0-0.wal"]);
    expect(volume.live()).toBe("old");
    expect(volume.plain("staged")).toMatchObject({ code: 1, stderr: "nothing is staged on this volume\n" });
    expect(volume.plain("swap").code).toBe(1);
    // The same step with a tool that works is not in its way.
    volume.sandbox.stub("etcdutl", fakeEtcdutl({ database }));
    expect(volume.stage()).toMatchObject({
      code: 0,
      stdout: `sha256 ${digest}\ncluster c0ffee\nbump 1000\n`,
    });
  });

  it("takes what etcdutl 3.8 leaves, which writes no raft snapshot any more", () => {
    volume.sandbox.stub("etcdutl", fakeEtcdutl({ database, ruin: 'rm "$m"/snap/*.snap', version: "3.8.0" }));
    expect(volume.stage()).toMatchObject({ code: 0, stderr: "" });
  });

  it("row 23: holds etcdctl to the same", () => {
    volume.sandbox.stub("etcdctl", fakeEtcdutl({ database, ruin: 'rm -r "$m/wal"' }));
    expect(volume.stage({ tool: "etcdctl" }).stderr).toMatch(
      /^etcdctl ended without an error and left no log in member\/wal/,
    );
  });

  // busybox ash calls the sync that is in itself: nothing can stand in for it there.
  if (shell.name === "dash")
    it.each([
      ["a disk that fails", "sync: error syncing '/d/x': Input/output error", 1],
      ["a full disk", "sync: error syncing '/d/x': No space left on device", 1],
      ["a sync that knows no paths", "BusyBox: Usage: sync", 0],
    ])("faults row 24: %s is told from what an image's sync cannot do", (_, said, code) => {
      volume.sandbox.stub("etcdutl", fakeEtcdutl({ database }));
      volume.sandbox.stub("sync", `[ $# = 0 ] || { echo "${said}" >&2; exit 1; }`);
      const staged = volume.stage();
      expect(staged.code).toBe(code);
      expect(volume.plain("staged").code).toBe(code);
      if (code === 1) expect(staged.stderr).toContain(`does not keep what is written: ${said}`);
    });
});
