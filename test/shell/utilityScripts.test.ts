import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { utilityScript, type utilityScripts } from "../../components/restore/restoreScripts";
import { fakeDatabase, fakeEtcdutl, makeMember } from "../support/fakeEtcdutl";
import { Sandbox, shells } from "../support/shells";

const id = "r1";
const snapshot = Buffer.from("a snapshot of some length, with what could be its digest at the end of it");
const digest = createHash("sha256").update(snapshot).digest("hex");
const restored = fakeDatabase("restored", snapshot.length);

describe.each(shells)("utility Pod's scripts under $name", (shell) => {
  let sandbox: Sandbox;
  let data: string;
  const work = () => join(data, ".etcd-recovery", id);
  const live = () => readFileSync(join(data, "member", "snap", "db"), "utf8");

  /** What `restore.etcdutl` may give: a program that is not the image's. */
  const given = Buffer.from(
    `#!/bin/sh
     case $* in *--help) echo --bump-revision;; version) echo "etcdutl version: 3.5.30"; echo "API version: 3.5";;
     *) while [ $# -gt 0 ]; do case $1 in --data-dir) shift; d=$1;; esac; shift; done
        ${makeMember({ database: fakeDatabase("given", snapshot.length) })};; esac\n`,
  );
  const givenDigest = createHash("sha256").update(given).digest("hex");
  const run = (name: (typeof utilityScripts)[number], argv: string[] = [], input: Buffer | string = "") =>
    sandbox.run(utilityScript(name), [id, ...argv], {
      env: { DATA_DIRECTORY: data, LOCK_SECONDS: "1" },
      input,
    });
  const receive = () => run("receive", [String(snapshot.length), digest, "none"], snapshot);
  const stage = () =>
    run("stage", ["etcdutl", "m0", "m0=http://m0:1", "token", "http://m0:1", "1000", digest]);
  const memberWith = (content: string, directory = "member") => {
    mkdirSync(join(data, directory, "snap"), { recursive: true });
    mkdirSync(join(data, directory, "wal"), { recursive: true });
    writeFileSync(join(data, directory, "snap", "db"), content);
  };

  beforeEach(() => {
    sandbox = new Sandbox(shell);
    data = join(sandbox.directory, "data with space");
    mkdirSync(data);
    memberWith("old");
    sandbox.stub("etcdutl", fakeEtcdutl({ database: restored }));
  });
  afterEach(() => sandbox.dispose());

  it("row 12: restores beside the live data, then swaps and keeps the previous data; each step run twice is done once", () => {
    expect(receive()).toMatchObject({ code: 0, stdout: `sha256 ${digest}\n` });
    expect(receive().code).toBe(0);
    const staged = { code: 0, stdout: `sha256 ${digest}\ncluster c0ffee\nbump 1000\n` };
    expect(stage()).toMatchObject(staged);
    expect(stage()).toMatchObject(staged);
    expect(live()).toBe("old");
    expect(run("swap")).toMatchObject({ code: 0, stderr: "" });
    expect(run("swap").code).toBe(0);
    expect(live()).toBe(restored);
    expect(readFileSync(join(data, `member.pre-${id}`, "snap", "db"), "utf8")).toBe("old");
  });

  it.each([
    ["cut", snapshot.subarray(0, -1), "instead of"],
    ["changed", Buffer.from(snapshot.toString().replace("a", "b")), "SHA-256"],
    ["empty", Buffer.alloc(0), "arrived with 0 bytes"],
  ])("refuses a snapshot that arrives %s and keeps nothing of it", (_, sent, sentence) => {
    const refused = run("receive", [String(snapshot.length), digest, "none"], sent);
    expect(refused.code).toBe(75);
    expect(refused.stderr).toContain(sentence);
    expect(readdirSync(work())).toEqual([]);
    expect(stage().stderr).toContain("has not arrived");
  });

  it("leaves the proof to the tool where the snapshot has a digest at its end, and refuses what the tool refuses", () => {
    const end = snapshot.subarray(-32);
    const sealed = (sent: Buffer) =>
      run("receive", [String(snapshot.length), digest, "none", end.toString("hex")], sent);
    const middleCut = Buffer.concat([snapshot.subarray(0, 40), snapshot.subarray(-40)]);
    const padded = Buffer.concat([snapshot, Buffer.alloc(1)]);
    for (const sent of [middleCut, padded, Buffer.alloc(0), Buffer.alloc(snapshot.length, 1)]) {
      expect(sealed(sent).code).toBe(75);
      expect(readdirSync(work())).toEqual([]);
    }
    expect(sealed(snapshot)).toMatchObject({ code: 0, stdout: `sha256 ${digest}\n` });
    sandbox.stub("etcdutl", 'echo "$*" > tool; echo "Error: expected sha256 [1 2], got [3 4]" >&2; exit 1');
    expect(stage()).toMatchObject({ code: 75, stderr: expect.stringContaining("got [3 4]") });
    expect(readFileSync(join(sandbox.directory, "tool"), "utf8")).not.toContain("--skip-hash-check");
    expect(readdirSync(work())).toEqual(["restore.log"]);
    expect(run("state").stdout).toContain("phase new\n");
    expect(live()).toBe("old");
  });

  it("hashes a file without such a digest itself, and tells the tool so", () => {
    sandbox.stub("etcdutl", 'echo "$*" > tool; exit 1');
    expect(receive().code).toBe(0);
    expect(stage().code).toBe(1);
    expect(readFileSync(join(sandbox.directory, "tool"), "utf8")).toContain("--skip-hash-check");
  });

  it("unpacks a gzip stream", () => {
    expect(run("receive", [String(snapshot.length), digest, "gzip"], gzipSync(snapshot)).code).toBe(0);
    expect(readFileSync(join(work(), "snapshot.db"))).toEqual(snapshot);
  });

  it("row 22: leaves the live data and no half directory when the tool fails", () => {
    sandbox.stub(
      "etcdutl",
      'while [ "$1" != --data-dir ]; do shift; done; mkdir -p "$2/member"; echo "Error: no space left on device" >&2; exit 1',
    );
    receive();
    const failed = stage();
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("no space left on device");
    expect(readdirSync(work()).sort()).toEqual(["received", "restore.log", "snapshot.db"]);
    expect(live()).toBe("old");
  });

  it("forgets what was staged with another bump, until a swap begins", () => {
    const phase = () => run("state").stdout.split("\n")[0];
    receive();
    stage();
    expect(run("state").stdout).toContain("\nbump 1000\n");
    expect(run("restage", ["1000"]).code).toBe(0);
    expect(phase()).toBe("phase staged");
    expect(run("restage", ["1001"]).code).toBe(0);
    expect(phase()).toBe("phase new");
    receive();
    stage();
    // the first half of a swap
    expect(sandbox.run(`mv "$1/member" "$1/member.pre-${id}"`, [data]).code).toBe(0);
    expect(run("restage", ["1001"]).code).toBe(0);
    expect(run("swap").code).toBe(0);
    expect(run("restage", ["1001"]).code).toBe(0);
    expect(live()).toBe(restored);
  });

  it("swaps nothing that was not staged", () => {
    receive();
    expect(run("swap")).toMatchObject({ code: 1, stderr: "nothing is staged on this volume\n" });
    expect(live()).toBe("old");
  });

  it.each(["after the first rename", "after both renames"])(
    "row 25: goes on with a swap that was killed %s",
    (when) => {
      receive();
      stage();
      expect(sandbox.run(`mv "$1/member" "$1/member.pre-${id}"`, [data]).code).toBe(0);
      if (when === "after both renames") sandbox.run('mv "$2/restored/member" "$1/member"', [data, work()]);
      expect(run("swap")).toMatchObject({ code: 0, stderr: "" });
      expect(live()).toBe(restored);
    },
  );

  it.each(["before the swap", "after the first rename", "after both renames", "after the swap"])(
    "undoes %s, twice as well, and lets no late swap through",
    (when) => {
      receive();
      stage();
      if (when === "after the first rename" || when === "after both renames")
        sandbox.run(`mv "$1/member" "$1/member.pre-${id}"`, [data]);
      if (when === "after both renames") sandbox.run('mv "$2/restored/member" "$1/member"', [data, work()]);
      if (when === "after the swap") run("swap");
      for (const _ of [1, 2]) {
        expect(run("unswap")).toMatchObject({ code: 0, stderr: "" });
        expect(live()).toBe("old");
        expect(existsSync(join(data, `member.pre-${id}`))).toBe(false);
      }
      expect(run("swap")).toMatchObject({ code: 1 });
      expect(live()).toBe("old");
    },
  );

  it("does not take for staged data what an etcd wrote between the two renames", () => {
    receive();
    stage();
    sandbox.run(`mv "$1/member" "$1/member.pre-${id}"`, [data]);
    memberWith("of a stranger");
    expect(run("swap").stderr).toContain("an etcd was started on this volume");
    expect(run("unswap").code).toBe(0);
    expect(live()).toBe("old");
  });

  it("swaps and undoes on a volume without any data", () => {
    sandbox.run('rm -r "$1/member"', [data]);
    receive();
    stage();
    expect(run("swap").code).toBe(0);
    expect(live()).toBe(restored);
    expect(run("unswap").code).toBe(0);
    expect(existsSync(join(data, "member"))).toBe(false);
  });

  it("row 27: keeps the mode of the directory that it replaces", () => {
    sandbox.run('chmod 750 "$1/member"', [data]);
    receive();
    stage();
    run("swap");
    expect(statSync(join(data, "member")).mode & 0o777).toBe(0o750);
  });

  it("says what the volume and the image can do", () => {
    expect(run("state").stdout).toMatch(
      /^phase new\ntool etcdutl\ntool-version 3\.6\.14\ncodec (zstd|gzip)\navailable [1-9]\d+\n$/,
    );
    receive();
    expect(run("state").stdout).toContain("phase received\n");
    sandbox.stub("etcdutl", "exit 0");
    sandbox.stub("etcdctl", "exit 0");
    expect(run("state").stdout).toContain("tool none\n");
  });

  it("takes a given etcdutl into the restore's own directory, restores with it, and keeps nothing of it", () => {
    sandbox.stub("etcdutl", "exit 1");
    const bring = () => run("receive-tool", [String(given.length), givenDigest], given);
    const tool = join(work(), "etcdutl");
    const answer = { code: 0, stdout: `sha256 ${givenDigest}\ntool ${tool}\ntool-version 3.5.30\n` };
    expect(bring()).toMatchObject(answer);
    expect(bring()).toMatchObject(answer);
    receive();
    expect(
      run("stage", [tool, "m0", "m0=http://m0:1", "token", "http://m0:1", "1000", digest]),
    ).toMatchObject({ code: 0, stderr: "" });
    expect(readFileSync(join(work(), "restored", "member", "snap", "db"), "utf8")).toMatch(/^given/);
    expect(existsSync(tool)).toBe(false);
    expect(live()).toBe("old");
  });

  it("refuses a given etcdutl that arrives cut or cannot run, and says when it cannot bump", () => {
    const cut = run("receive-tool", [String(given.length), givenDigest], given.subarray(0, 9));
    expect(cut).toMatchObject({ code: 75, stderr: expect.stringContaining("the stream was cut") });
    expect(readdirSync(work())).toEqual([]);
    const foreign = Buffer.from("\x7fELF of another machine");
    const sha256 = createHash("sha256").update(foreign).digest("hex");
    const other = run("receive-tool", [String(foreign.length), sha256], foreign);
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining("does not run here") });
    const old = Buffer.from("#!/bin/sh\necho 'etcdutl version: 3.5.0'\n");
    const oldDigest = createHash("sha256").update(old).digest("hex");
    expect(run("receive-tool", [String(old.length), oldDigest], old).stdout).toContain(
      "tool none\ntool-version 3.5.0\n",
    );
  });

  it("waits for a living holder of the volume, and replaces a dead one", () => {
    mkdirSync(join(work(), "lock"), { recursive: true });
    const holder = (pid: number) =>
      writeFileSync(join(work(), "lock", "holder"), `${sandbox.run("uname -n", []).stdout.trim()} ${pid}\n`);
    holder(process.pid);
    expect(receive().stderr).toContain("another step works on this volume");
    holder(2 ** 22 + 1);
    expect(receive().code).toBe(0);
    expect(existsSync(join(work(), "lock"))).toBe(false);
  });

  it("replaces a holder whose Pod has ended, and waits for one whose Pod lives", () => {
    mkdirSync(join(work(), "lock"), { recursive: true });
    writeFileSync(join(work(), "lock", "holder"), "pod-a 17\n");
    const receiveKnowing = (living: string) =>
      sandbox.run(utilityScript("receive"), [id, String(snapshot.length), digest, "none"], {
        env: { DATA_DIRECTORY: data, LOCK_SECONDS: "1", LIVING_PODS: living },
        input: snapshot,
      });
    expect(receiveKnowing("pod-b pod-a").stderr).toContain("another step works on this volume");
    expect(receiveKnowing("pod-b pod-ab").code).toBe(0);
  });

  it("clears what only the restore needed and keeps the previous data", () => {
    receive();
    stage();
    run("swap");
    expect(run("release").code).toBe(0);
    expect(existsSync(join(work(), "restored"))).toBe(false);
    expect(existsSync(join(data, `member.pre-${id}`))).toBe(true);
    expect(run("main").code).toBe(0); // the mark ends it
  });
});
