import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memberCalls } from "../../components/member/memberCalls";
import { memberExit } from "../../components/member/memberScripts";
import { fakeDatabase, makeMember } from "../support/fakeEtcdutl";
import { shells } from "../support/shells";
import { digest, restored, StagingVolume, sha256, snapshot } from "../support/stagingVolume";

const id = "r1";

describe.each(shells)("utility Pod's scripts under $name", (shell) => {
  let volume: StagingVolume;
  /** What `restore.etcdutl` may give: a program that is not the image's. */
  const given = Buffer.from(
    `#!/bin/sh
     case $* in *--help) echo --bump-revision;; version) echo "etcdutl version: 3.5.30"; echo "API version: 3.5";;
     *) while [ $# -gt 0 ]; do case $1 in --data-dir) shift; d=$1;; esac; shift; done
        ${makeMember({ database: fakeDatabase("given", snapshot.length) })};; esac\n`,
  );
  const work = () => readdirSync(volume.work).sort();

  beforeEach(() => {
    volume = new StagingVolume(shell);
  });
  afterEach(() => volume.dispose());

  it("row 12: restores beside the live data, then swaps and keeps the previous data; each step run twice is done once", () => {
    expect(volume.receive()).toMatchObject({ code: 0, stdout: `sha256 ${digest}\n` });
    expect(volume.receive().code).toBe(0);
    const staged = { code: 0, stdout: `sha256 ${digest}\ncluster c0ffee\nbump 1000\n` };
    expect(volume.stage()).toMatchObject(staged);
    expect(volume.stage()).toMatchObject(staged);
    expect(volume.plain("staged")).toMatchObject(staged);
    expect(volume.live()).toBe("old");
    expect(volume.plain("swap")).toMatchObject({ code: 0, stdout: "swapped\n", stderr: "" });
    expect(volume.plain("swap").code).toBe(0);
    expect(volume.live()).toBe(restored);
    expect(readFileSync(join(volume.previous, "snap", "db"), "utf8")).toBe("old");
  });

  it.each([
    ["cut", snapshot.subarray(0, -1), "instead of"],
    ["changed", Buffer.from(snapshot.toString().replace("a", "b")), "SHA-256"],
    ["empty", Buffer.alloc(0), "arrived with 0 bytes"],
  ])("refuses a snapshot that arrives %s and keeps nothing of it", (_, sent, sentence) => {
    const refused = volume.receive(sent, digest);
    expect(refused.code).toBe(memberExit.notAnnounced);
    expect(refused.stderr).toContain(sentence);
    expect(work()).toEqual([]);
    expect(volume.stage()).toMatchObject({
      code: memberExit.notReceived,
      stderr: expect.stringContaining("has not arrived"),
    });
  });

  it("leaves the proof to the tool where the snapshot has a digest at its end, and refuses what the tool refuses", () => {
    const end = snapshot.subarray(-32).toString("hex");
    const announced = { id, bytes: snapshot.length, sha256: digest, codec: "none", end } as const;
    const sealed = (sent: Buffer) => volume.run(memberCalls.receive(announced), sent);
    const middleCut = Buffer.concat([snapshot.subarray(0, 40), snapshot.subarray(-40)]);
    const padded = Buffer.concat([snapshot, Buffer.alloc(1)]);
    for (const sent of [middleCut, padded, Buffer.alloc(0), Buffer.alloc(snapshot.length, 1)]) {
      expect(sealed(sent).code).toBe(memberExit.notAnnounced);
      expect(work()).toEqual([]);
    }
    expect(sealed(snapshot)).toMatchObject({ code: 0, stdout: `sha256 ${digest}\n` });
    volume.sandbox.stub(
      "etcdutl",
      'echo "$*" > tool; echo "Error: expected sha256 [1 2], got [3 4]" >&2; exit 1',
    );
    expect(volume.stage()).toMatchObject({ code: 75, stderr: expect.stringContaining("got [3 4]") });
    expect(readFileSync(join(volume.sandbox.directory, "tool"), "utf8")).not.toContain("--skip-hash-check");
    expect(work()).toEqual(["restore.log"]);
    expect(volume.phase()).toBe("phase new");
    expect(volume.live()).toBe("old");
  });

  it("hashes a file without such a digest itself, and tells the tool so", () => {
    volume.sandbox.stub("etcdutl", 'echo "$*" > tool; exit 1');
    expect(volume.receive().code).toBe(0);
    expect(volume.stage().code).toBe(1);
    expect(readFileSync(join(volume.sandbox.directory, "tool"), "utf8")).toContain("--skip-hash-check");
  });

  it("unpacks a gzip stream", () => {
    const call = { id, bytes: snapshot.length, sha256: digest, codec: "gzip" } as const;
    expect(volume.run(memberCalls.receive(call), gzipSync(snapshot)).code).toBe(0);
    expect(readFileSync(join(volume.work, "snapshot.db"))).toEqual(snapshot);
  });

  it("row 22: leaves the live data and no half directory when the tool fails", () => {
    volume.sandbox.stub(
      "etcdutl",
      'while [ "$1" != --data-dir ]; do shift; done; mkdir -p "$2/member"; echo "Error: no space left on device" >&2; exit 1',
    );
    volume.receive();
    const failed = volume.stage();
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("no space left on device");
    expect(work()).toEqual(["received", "restore.log", "snapshot.db"]);
    expect(volume.live()).toBe("old");
  });

  it("stages anew with another bump, once the snapshot is there again, until a swap begins", () => {
    volume.receive();
    volume.stage();
    expect(volume.plain("state").stdout).toContain("\nbump 1000\n");
    expect(volume.stage({ bump: "1001" })).toMatchObject({ code: memberExit.notReceived, stdout: "" });
    expect(volume.phase()).toBe("phase new");
    volume.receive();
    expect(volume.stage({ bump: "1001" }).stdout).toContain("bump 1001\n");
    volume.halfSwap("after the first rename");
    expect(volume.stage({ bump: "1002" })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("bump 1001\n"),
    });
    expect(volume.plain("swap").code).toBe(0);
    expect(volume.live()).toBe(restored);
  });

  it("swaps nothing that was not staged", () => {
    volume.receive();
    expect(volume.plain("swap")).toMatchObject({ code: 1, stderr: "nothing is staged on this volume\n" });
    expect(volume.live()).toBe("old");
  });

  it.each(["after the first rename", "after both renames"] as const)(
    "row 25: goes on with a swap that was killed %s",
    (when) => {
      volume.receive();
      volume.stage();
      volume.halfSwap(when);
      expect(volume.plain("swap")).toMatchObject({ code: 0, stderr: "" });
      expect(volume.live()).toBe(restored);
    },
  );

  it.each(["before the swap", "after the first rename", "after both renames", "after the swap"] as const)(
    "undoes %s, twice as well, and lets no late swap through",
    (when) => {
      volume.receive();
      volume.stage();
      if (when === "after the first rename" || when === "after both renames") volume.halfSwap(when);
      if (when === "after the swap") volume.plain("swap");
      for (const _ of [1, 2]) {
        expect(volume.plain("unswap")).toMatchObject({ code: 0, stdout: "undone\n", stderr: "" });
        expect(volume.live()).toBe("old");
        expect(existsSync(volume.previous)).toBe(false);
      }
      expect(volume.plain("swap")).toMatchObject({ code: 1 });
      expect(volume.live()).toBe("old");
    },
  );

  it("does not take for staged data what an etcd wrote between the two renames", () => {
    volume.receive();
    volume.stage();
    volume.halfSwap("after the first rename");
    volume.fill("of a stranger");
    expect(volume.plain("swap").stderr).toContain("an etcd was started on this volume");
    expect(volume.plain("unswap").code).toBe(0);
    expect(volume.live()).toBe("old");
  });

  it("swaps and undoes on a volume without any data", () => {
    volume.sh('rm -r "$1/member"', volume.data);
    volume.receive();
    volume.stage();
    expect(volume.plain("swap").code).toBe(0);
    expect(volume.live()).toBe(restored);
    expect(volume.plain("unswap").code).toBe(0);
    expect(existsSync(join(volume.data, "member"))).toBe(false);
  });

  it("row 27: keeps the mode of the directory that it replaces", () => {
    volume.sh('chmod 750 "$1/member"', volume.data);
    volume.receive();
    volume.stage();
    volume.plain("swap");
    expect(statSync(join(volume.data, "member")).mode & 0o777).toBe(0o750);
  });

  it("gives a member that has lost its data the owner of its volume", () => {
    const [uid = 0, gid = 0] = [process.getuid?.(), process.getgid?.()].map((own) =>
      own === 0 ? 2001 : own,
    );
    rmSync(join(volume.data, "member"), { recursive: true });
    volume.sh('chown "$2" "$1"', volume.data, `${uid}:${gid}`);
    volume.receive();
    expect(volume.stage().code).toBe(0);
    volume.plain("swap");
    for (const path of ["member", "member/snap/db"])
      expect(statSync(join(volume.data, path))).toMatchObject({ uid, gid });
  });

  it("opens it for the group for which root holds the volume", () => {
    const root = process.getuid?.() === 0;
    rmSync(join(volume.data, "member"), { recursive: true });
    if (root) volume.sh('chown 0:2001 "$1"', volume.data);
    volume.receive();
    expect(volume.stage().code).toBe(0);
    volume.plain("swap");
    const { mode, gid } = statSync(join(volume.data, "member", "snap", "db"));
    if (root) expect({ gid, readable: mode & 0o060 }).toEqual({ gid: 2001, readable: 0o060 });
    else expect(gid).toBe(statSync(volume.data).gid);
  });

  it("says what the volume and the image can do", () => {
    expect(volume.plain("state").stdout).toMatch(
      /^phase new\ntool etcdutl\ntool-version 3\.6\.14\ncodec (zstd|gzip)\navailable [1-9]\d+\ntotal [1-9]\d+\n$/,
    );
    volume.receive();
    expect(volume.plain("state").stdout).toContain(`phase received\nsha256 ${digest}\n`);
    volume.sandbox.stub("etcdutl", "exit 0");
    volume.sandbox.stub("etcdctl", "exit 0");
    expect(volume.plain("state").stdout).toContain("tool none\n");
  });

  it("takes a given etcdutl into the restore's own directory, restores with it, and keeps nothing of it", () => {
    volume.sandbox.stub("etcdutl", "exit 1");
    const announced = { id, bytes: given.length, sha256: sha256(given) };
    const bring = () => volume.run(memberCalls.receiveTool(announced), given);
    const tool = join(volume.work, "etcdutl");
    const answer = { code: 0, stdout: `sha256 ${sha256(given)}\ntool ${tool}\ntool-version 3.5.30\n` };
    expect(bring()).toMatchObject(answer);
    expect(bring()).toMatchObject(answer);
    volume.receive();
    expect(volume.stage({ tool })).toMatchObject({ code: 0, stderr: "" });
    expect(readFileSync(join(volume.work, "restored", "member", "snap", "db"), "utf8")).toMatch(/^given/);
    expect(existsSync(tool)).toBe(false);
    expect(volume.live()).toBe("old");
  });

  it("refuses a given etcdutl that arrives cut or cannot run, and says when it cannot bump", () => {
    const bring = (program: Buffer, sent = program) =>
      volume.run(memberCalls.receiveTool({ id, bytes: program.length, sha256: sha256(program) }), sent);
    const cut = bring(given, given.subarray(0, 9));
    expect(cut).toMatchObject({ code: 75, stderr: expect.stringContaining("the stream was cut") });
    expect(work()).toEqual([]);
    const other = bring(Buffer.from("\x7fELF of another machine"));
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining("does not run here") });
    const old = bring(Buffer.from("#!/bin/sh\necho 'etcdutl version: 3.5.0'\n"));
    expect(old.stdout).toContain("tool none\ntool-version 3.5.0\n");
  });
});
