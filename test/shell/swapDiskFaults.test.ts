import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeMemberScripts } from "../support/memberVolume";
import { Sandbox, shells } from "../support/shells";

/** The file system becomes read-only, as ext4 does after an error of its disk, at one of the renames of a swap. */
describe.each(shells)("faults row 24: the disk while data is swapped, under $name", (shell) => {
  let sandbox: Sandbox;

  beforeEach(() => {
    sandbox = new Sandbox(shell);
    writeMemberScripts(join(sandbox.directory, "mended"));
    writeMemberScripts(join(sandbox.directory, "failing"));
    const volume = join(sandbox.directory, "volume");
    const work = join(volume, ".etcd-recovery", "r1");
    for (const [directory, content] of [
      [join(volume, "member", "snap"), "old"],
      [join(work, "restored", "member", "snap"), "new"],
    ] as const) {
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, "db"), content);
    }
    writeFileSync(join(work, "staged"), "");
  });
  afterEach(() => sandbox.dispose());

  /**
   * Swaps on a file system of its own, which takes no change from the `rename`-th one on; mends it; runs `then`.
   *
   * @returns of both runs the exit code and which data is live, and what both said
   */
  const swapAndMend = (rename: number, then: "swap" | "unswap") => {
    const count = join(sandbox.directory, `count-${then}`);
    // a function, since busybox ash calls its own mv
    const failing = `mv() {
        echo >> '${count}'
        [ "$(/usr/bin/wc -l < '${count}')" != ${rename} ] || /bin/mount -o remount,ro /mnt
        command mv "$@"
      }`;
    appendFileSync(join(sandbox.directory, "failing", "volume.sh"), `${failing}\n`);
    const step = `env PATH='${sandbox.path}' DATA_DIRECTORY=/mnt LOCK_SECONDS=1 /bin/${shell.argv.join(" ")}`;
    const shown = 'echo "code $?"; cat /mnt/member/snap/db 2> /dev/null || echo none; echo';
    const inside = `mount -t tmpfs none /mnt && cp -a volume/. /mnt || exit 1
      ${step} failing/swap.sh r1; ${shown}
      mount -o remount,rw /mnt; ${step} mended/${then}.sh r1 >&2; ${shown}`;
    const flags = process.getuid?.() === 0 ? "-m" : "-rm";
    const ran = spawnSync("unshare", [flags, "sh", "-c", inside], {
      cwd: sandbox.directory,
      encoding: "utf8",
      timeout: 15_000,
    });
    const [failed, live, mended, afterwards] = ran.stdout
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !/^(swapped|undone)$/.test(line));
    return { failed, live, mended, afterwards, stderr: ran.stderr };
  };

  it.each([
    [1, "old"],
    [2, "none"],
    [3, "new"],
  ])(
    "takes no rename from the %s. on: the step fails, and goes on or back when the disk is mended",
    (rename, live) => {
      expect(swapAndMend(rename, "swap")).toMatchObject({
        failed: "code 1",
        live,
        mended: "code 0",
        afterwards: "new",
        stderr: expect.stringContaining("Read-only file system"),
      });
      expect(swapAndMend(rename, "unswap")).toMatchObject({
        failed: "code 1",
        live,
        mended: "code 0",
        afterwards: "old",
      });
    },
  );
});
