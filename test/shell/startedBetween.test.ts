import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memberCalls } from "../../components/member/memberCalls";
import { shells } from "../support/shells";
import { restored, StagingVolume } from "../support/stagingVolume";

/** An etcd that somebody starts makes a directory of its own right before a rename, and the rename goes into that. */
describe.each(shells)("an etcd that starts between two renames, under $name", (shell) => {
  let volume: StagingVolume;
  const database = (...path: string[]) => readFileSync(join(volume.data, ...path, "snap", "db"), "utf8");

  /**
   * Before a rename of this directory to the live one, the first few times.
   *
   * @param then what happens after that rename, as a shell command
   */
  const startsBefore = (directory: string, times = 1, then = ":") => {
    const count = join(volume.sandbox.directory, "count");
    // a function, since busybox ash calls its own mv
    const starting = `mv() {
        starts=
        case "$1 $2" in *"${directory} "*/member)
          echo >> '${count}'
          [ "$(/usr/bin/wc -l < '${count}')" -gt ${times} ] || starts=1 ;;
        esac
        if [ -n "$starts" ]; then mkdir -p "$2/snap" "$2/wal"; echo stranger > "$2/snap/db"; fi
        command mv "$@"
        if [ -n "$starts" ]; then ${then}; fi
      }`;
    appendFileSync(join(volume.scripts, "volume.sh"), `${starting}\n`);
  };
  const isUndone = () => {
    expect(volume.live()).toBe("old");
    expect(readdirSync(join(volume.data, "member")).sort()).toEqual(["snap", "wal"]);
    expect(existsSync(volume.previous)).toBe(false);
  };

  beforeEach(() => {
    volume = new StagingVolume(shell);
    volume.receive();
    volume.stage();
  });
  afterEach(() => volume.dispose());

  it.each([1, 3])("does not keep an undo from putting the previous data back (%s times)", (times) => {
    volume.plain("swap");
    startsBefore("member.pre-r1", times);
    expect(volume.plain("unswap")).toMatchObject({ code: 0, stdout: "undone\n", stderr: "" });
    isUndone();
    expect(database(".etcd-recovery", "r1", "undone-data")).toBe(restored);
    expect(existsSync(join(volume.work, "stranger"))).toBe(false);
  });

  it("nor one that was killed right then, and is run again", () => {
    volume.plain("swap");
    startsBefore("member.pre-r1", 1, "kill -9 $$");
    expect(volume.plain("unswap").code).not.toBe(0);
    expect(volume.plain("unswap")).toMatchObject({ code: 0, stdout: "undone\n" });
    isUndone();
  });

  it("nor the undo of a repair, killed right then or not", () => {
    for (const then of [":", "kill -9 $$"]) {
      volume.dispose();
      volume = new StagingVolume(shell);
      expect(volume.run(memberCalls.hold("r1")).stdout).toBe("held\n");
      startsBefore("member.pre-r1", 1, then);
      volume.run(memberCalls.unhold("r1"));
      expect(volume.run(memberCalls.unhold("r1"))).toMatchObject({ code: 0, stdout: "undone\n" });
      isUndone();
    }
  });

  it("ends again and again: it is said", () => {
    volume.plain("swap");
    startsBefore("member.pre-r1", 99);
    expect(volume.plain("unswap").stderr).toContain("an etcd writes to");
    expect(database("member.pre-r1")).toBe("old");
  });

  it.each([":", "kill -9 $$"])("is not taken for the restored data by a swap (then %s)", (then) => {
    startsBefore("restored/member", 1, then);
    const first = volume.plain("swap");
    if (then === ":") expect(first.stderr).toContain("an etcd was started on this volume");
    expect(volume.plain("swap")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("an etcd was started on this volume"),
    });
    expect(database("member")).toBe("stranger\n");
    expect(database(".etcd-recovery", "r1", "restored", "member")).toBe(restored);
    expect(volume.plain("unswap").code).toBe(0);
    isUndone();
  });
});
