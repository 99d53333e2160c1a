import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memberCalls } from "../../components/member/memberCalls";
import { memberExit } from "../../components/member/memberScripts";
import { fakeEtcdutl } from "../support/fakeEtcdutl";
import { MemberVolume } from "../support/memberVolume";
import { shells } from "../support/shells";
import { digest, restored, StagingVolume, sha256, snapshot } from "../support/stagingVolume";

const other = Buffer.from(snapshot.toString().replaceAll("a", "b"));
const otherDigest = sha256(other);
const staged = (of: string, bump = "1000") => ({
  code: 0,
  stdout: `sha256 ${of}\ncluster c0ffee\nbump ${bump}\n`,
});

describe.each(shells)("defect 1: another snapshot under the same id, under $name", (shell) => {
  let volume: StagingVolume;
  const received = () => readFileSync(join(volume.work, "snapshot.db"));

  beforeEach(() => {
    volume = new StagingVolume(shell);
  });
  afterEach(() => volume.dispose());

  it("defect 1: what was received of the other is replaced", () => {
    volume.receive(other);
    expect(volume.receive()).toMatchObject({ code: 0, stdout: `sha256 ${digest}\n` });
    expect(received()).toEqual(snapshot);
    expect(volume.stage()).toMatchObject(staged(digest));
  });

  it("defect 1: what was received of the other is not staged under the new digest", () => {
    volume.receive(other);
    expect(volume.stage()).toMatchObject({ code: memberExit.notReceived, stdout: "" });
    expect(volume.phase()).toBe("phase new");
    expect(volume.live()).toBe("old");
  });

  it("defect 1: what was staged of the other is received and staged anew", () => {
    volume.receive(other);
    expect(volume.stage({ sha256: otherDigest })).toMatchObject(staged(otherDigest));
    expect(volume.stage()).toMatchObject({ code: memberExit.notReceived });
    expect(volume.receive()).toMatchObject({ code: 0, stdout: `sha256 ${digest}\n` });
    volume.sandbox.stub("etcdutl", fakeEtcdutl({ database: restored.replace("restored", "anew....") }));
    expect(volume.stage()).toMatchObject(staged(digest));
    expect(volume.plain("staged")).toMatchObject(staged(digest));
    volume.plain("swap");
    expect(volume.live()).toMatch(/^anew/);
  });

  it("defect 1: nothing is swapped that the ledger does not name", () => {
    volume.receive(other);
    volume.stage({ sha256: otherDigest });
    const swap = (sha256: string, bump: string) => volume.run(memberCalls.swap("r1", { sha256, bump }));
    for (const asked of [swap(digest, "1000"), swap(otherDigest, "2000")])
      expect(asked).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("what is staged on this volume is not what the ledger names"),
      });
    expect(volume.live()).toBe("old");
    expect(swap(otherDigest, "1000")).toMatchObject({ code: 0, stdout: "swapped\n" });
  });

  it.each(["after the first rename", "after both renames", "after the swap"] as const)(
    "defect 1: %s it is refused, and what is there stays",
    (when) => {
      volume.receive(other);
      volume.stage({ sha256: otherDigest });
      if (when === "after the swap") volume.plain("swap");
      else volume.halfSwap(when);
      const before = volume.tree();
      const sentence = `restore r1 has swapped another snapshot on this volume: SHA-256 ${otherDigest}, not ${digest}\n`;
      for (const answer of [volume.receive(), volume.stage()])
        expect(answer).toMatchObject({ code: memberExit.otherSwapped, stdout: "", stderr: sentence });
      expect(volume.tree()).toEqual(before);
      expect(volume.stage({ sha256: otherDigest })).toMatchObject(staged(otherDigest));
      expect(volume.plain("swap").code).toBe(0);
    },
  );

  it("defect 1: a volume that an earlier restore of this id has swapped, without its marks, is refused", () => {
    volume.fill("put aside", volume.previous);
    const used = { code: memberExit.otherSwapped, stderr: expect.stringContaining("was used before") };
    expect(volume.receive()).toMatchObject(used);
    expect(volume.stage()).toMatchObject(used);
  });
});

describe.each(shells)("defect 7: staged data that is gone, under $name", (shell) => {
  let volume: StagingVolume;

  beforeEach(() => {
    volume = new StagingVolume(shell);
    volume.receive();
    volume.stage();
  });
  afterEach(() => volume.dispose());

  it("defect 7: is sent and staged anew, whatever the mark says", () => {
    rmSync(join(volume.work, "restored"), { recursive: true });
    expect(volume.phase()).toBe("phase new");
    expect(volume.plain("staged").code).toBe(1);
    expect(volume.plain("swap")).toMatchObject({ code: 1, stderr: "nothing is staged on this volume\n" });
    expect(volume.live()).toBe("old");
    expect(volume.stage()).toMatchObject({ code: memberExit.notReceived });
    expect(existsSync(join(volume.work, "staged"))).toBe(false);
    expect(volume.receive().code).toBe(0);
    expect(volume.stage()).toMatchObject(staged(digest));
  });

  it("defect 7: clear removes all of a restore that has swapped nothing, and its id may be used again", () => {
    expect(volume.plain("clear")).toMatchObject({ code: 0, stdout: "cleared\n", stderr: "" });
    expect(readdirSync(volume.data)).toEqual(["member"]);
    expect(volume.plain("clear")).toMatchObject({ code: 0, stdout: "cleared\n" });
    expect(volume.receive().code).toBe(0);
    expect(volume.stage()).toMatchObject(staged(digest));
    expect(volume.live()).toBe("old");
  });

  it.each(["after the first rename", "after both renames"] as const)(
    "defect 7: clear keeps what a swap that was killed %s needs to go on",
    (when) => {
      volume.halfSwap(when);
      expect(volume.plain("clear").code).toBe(0);
      expect(volume.plain("swap").code).toBe(0);
      expect(volume.live()).toBe(restored);
      expect(readFileSync(join(volume.previous, "snap", "db"), "utf8")).toBe("old");
    },
  );

  it("clear keeps the previous data and the marks after a swap, and after an undo", () => {
    volume.plain("swap");
    const swapped = readdirSync(volume.work).sort();
    expect(volume.plain("clear").code).toBe(0);
    expect(readdirSync(volume.work).sort()).toEqual(swapped);
    expect(volume.phase()).toBe("phase swapped");
    expect(existsSync(volume.previous)).toBe(true);
    volume.plain("unswap");
    expect(volume.plain("clear").code).toBe(0);
    expect(volume.phase()).toBe("phase undone");
    expect(volume.live()).toBe("old");
    expect(volume.receive().stderr).toBe("restore r1 was undone: choose a new restore id\n");
  });

  it("keeps nothing that only staging needed after a swap, nor after an undo of it", () => {
    volume.sh('echo left > "$1/snapshot.db.part"; echo left > "$1/etcdutl"', volume.work);
    volume.plain("swap");
    expect(readdirSync(volume.work).sort()).toEqual(["received", "restore.log", "staged", "swapped"]);
    volume.plain("unswap");
    expect(readdirSync(volume.work)).toContain("undone-data");
    expect(existsSync(join(volume.work, "restored"))).toBe(false);
  });

  it("removes what is staged with the undo of a member that was not swapped", () => {
    volume.plain("unswap");
    expect(readdirSync(volume.work).sort()).toEqual([
      ...["received", "restore.log", "staged", "undone", "unswapped"],
    ]);
    expect(volume.live()).toBe("old");
  });
});

describe.each(shells)("defect 17: space, under $name", (shell) => {
  let volume: MemberVolume;
  const big = Buffer.alloc(1024 * 1024, "x");
  const bigDigest = sha256(big);
  beforeEach(() => {
    volume = new MemberVolume(shell);
    volume.sandbox.stub(
      "etcdutl",
      fakeEtcdutl({ database: "x".repeat(4096), ruin: 'truncate -s 1M "$m/snap/db"' }),
    );
  });
  afterEach(() => volume.dispose());

  /** Receives and stages on a file system of its own of that size; answers what both said, and the names on it. */
  const onVolumeOf = (size: string) => {
    const receive = memberCalls.receive({ id: "r1", bytes: big.length, sha256: bigDigest, codec: "none" });
    const stage = memberCalls.stage({
      ...{ id: "r1", tool: "etcdutl", member: "m0", initialCluster: "m0=http://m0:1", token: "token" },
      ...{ peerUrl: "http://m0:1", bump: "1000", sha256: bigDigest },
    });
    const run = ({ script, argv }: typeof receive) =>
      `/bin/${shell.argv.join(" ")} etcd-recovery/${script}.sh ${argv.join(" ")}`;
    const inside = `mount -t tmpfs -o size=${size} none /mnt && mkdir -p /mnt/member/snap && echo live > /mnt/member/snap/db
      ${run(receive)} >&2; echo "code $?"; ${run(stage)}; echo "code $?"; ls -A /mnt/.etcd-recovery/r1; cat /mnt/member/snap/db`;
    const flags = process.getuid?.() === 0 ? "-m" : "-rm";
    return spawnSync("unshare", [flags, "/bin/sh", "-c", inside], {
      cwd: volume.sandbox.directory,
      env: { PATH: `${volume.sandbox.path}:/usr/bin:/bin:/usr/sbin`, DATA_DIRECTORY: "/mnt" },
      input: big,
      encoding: "utf8",
    });
  };

  it("defect 17: staging that would leave the live data no room is refused with the bytes, and leaves nothing", () => {
    const { stdout, stderr } = onVolumeOf("68m");
    expect(stdout).toBe(`code 0\ncode ${memberExit.noSpace}\nlive\n`);
    const said =
      /^restoring needs (\d+) bytes beside what is on the volume, which has (\d+) free; (\d+) must stay free: /m.exec(
        stderr,
      );
    const [needed, free, margin] = (said?.slice(1) ?? []).map(Number);
    expect(needed).toBe(65 * 2 ** 20);
    expect(free).toBeLessThan(67 * 2 ** 20);
    expect(margin).toBe(Math.floor((68 * 2 ** 20) / 20));
  });

  it("stages where the margin stays", () => {
    const { stdout } = onVolumeOf("71m");
    expect(stdout).toBe(
      `code 0\nsha256 ${bigDigest}\ncluster c0ffee\nbump 1000\ncode 0\nreceived\nrestore.log\nrestored\nstaged\nlive\n`,
    );
  });

  it("faults row 24: keeps nothing of a snapshot on which the volume fills up", () => {
    const { stdout, stderr } = onVolumeOf("900k");
    expect(stdout).toBe(`code 75\ncode ${memberExit.notReceived}\nlive\n`);
    expect(stderr).toMatch(/No space left on device/);
    expect(stderr).toMatch(/^the snapshot arrived with an error \(see above\) after \d+ bytes$/m);
  });
});
