import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memberCalls } from "../../components/member/memberCalls";
import { shells } from "../support/shells";
import { StagingVolume } from "../support/stagingVolume";

/** More than any process of this machine has. */
const deadPid = 2 ** 22 + 1;

describe.each(shells)("the lock on a volume, under $name", (shell) => {
  let volume: StagingVolume;
  let host: string;
  const lock = () => join(volume.work, "lock");
  const busy = "another step works on this volume";
  const clear = (living?: string) =>
    volume.run(memberCalls.clear("r1"), "", living === undefined ? {} : { LIVING_PODS: living });
  /** As this program, and one of before, has it. */
  const held: Record<string, (holder: string) => void> = {
    lock: (holder) => symlinkSync(holder, lock()),
    "lock of an earlier program": (holder) => {
      mkdirSync(lock());
      writeFileSync(join(lock(), "holder"), `${holder}\n`);
    },
  };

  beforeEach(() => {
    volume = new StagingVolume(shell);
    host = volume.sandbox.run("uname -n", []).stdout.trim();
    mkdirSync(volume.work, { recursive: true });
    // The waiting counts seconds by sleeping; here they pass at once.
    appendFileSync(join(volume.scripts, "volume.sh"), "sleep() { :; }\n");
  });
  afterEach(() => volume.dispose());

  describe.each(Object.keys(held))("%s", (kind) => {
    const hold = (holder: string) => held[kind]?.(holder);

    it("waits for a living holder of this Pod", () => {
      hold(`${host} ${process.pid}`);
      expect(clear()).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`${busy} (holder: ${host} ${process.pid})`),
      });
      expect(readdirSync(volume.work)).toEqual(["lock"]);
    });

    it("replaces a dead holder of this Pod", () => {
      hold(`${host} ${deadPid}`);
      expect(clear()).toMatchObject({ code: 0, stderr: "" });
    });

    it("waits for a holder whose Pod lives, and on doubt, and replaces one whose Pod has ended", () => {
      hold("pod-a 17");
      expect(clear("pod-b pod-a").stderr).toContain(busy);
      expect(clear().stderr).toContain(busy);
      expect(clear("pod-b pod-ab").code).toBe(0);
    });
  });

  it("waits for the process that its holder was born as, and for no other that has its number since", () => {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = readFileSync("/proc/self/stat", "utf8");
    const start = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    held.lock?.(`${host} ${boot}.${start} ${process.pid}`);
    const waits = clear();
    expect(waits.code).toBe(1);
    expect(waits.stderr).toContain(
      `${busy} (holder: ${host} ${process.pid}); wait for it, or delete that Pod`,
    );
    expect(volume.run(memberCalls.clear("r1"), "", { END_HOLDER: "end it" }).stderr).toContain("or end it");
    for (const birth of [`${boot}.1`, `before-the-loss-of-power.${start}`]) {
      rmSync(volume.work, { recursive: true, force: true });
      mkdirSync(volume.work, { recursive: true });
      held.lock?.(`${host} ${birth} ${process.pid}`);
      expect(clear()).toMatchObject({ code: 0, stderr: "" });
    }
  });

  it("knows the Pod of a holder by its first word", () => {
    held.lock?.("pod-a boot.17 5");
    expect(clear("pod-b pod-a").stderr).toContain(busy);
    expect(clear("pod-b").code).toBe(0);
  });

  it("is not taken from whoever has got it since its dead holder was seen", () => {
    held.lock?.("pod-a 17");
    const seen = join(volume.sandbox.directory, "seen");
    appendFileSync(
      join(volume.scripts, "volume.sh"),
      `lock_holder() { if [ -e "${seen}" ]; then readlink "$work/lock"; else : > "${seen}"; echo gone 1; fi; }\n`,
    );
    expect(clear("pod-a")).toMatchObject({ code: 1, stderr: expect.stringContaining(busy) });
    expect(readlinkSync(lock())).toBe("pod-a 17");
    expect(readdirSync(volume.work)).toEqual(["lock"]);
  });

  it("is broken although somebody died over breaking it", () => {
    held.lock?.(`${host} ${deadPid}`);
    symlinkSync("pod-b 5", join(volume.work, "lock.break"));
    const patient = volume.run(memberCalls.clear("r1"), "", { LOCK_SECONDS: "5" });
    expect(patient).toMatchObject({ code: 0, stderr: "" });
  });

  it("names its holder from its first moment, and goes with it", () => {
    volume.receive();
    volume.sandbox.stub("etcdutl", `readlink "${lock()}" > seen; exit 1`);
    expect(volume.stage().code).toBe(1);
    const seen = readFileSync(join(volume.sandbox.directory, "seen"), "utf8");
    expect(seen).toMatch(new RegExp(`^${host} [-0-9a-f]{36}\\.\\d+ \\d+\n$`));
    expect(readdirSync(volume.work)).not.toContain("lock");
  });

  it.each([
    ["without a holder", () => undefined],
    ["with an empty holder", () => writeFileSync(join(lock(), "holder"), "")],
  ])("defect 12: a lock %s, from before power was lost, blocks for no longer than 10 s", (_, fill) => {
    mkdirSync(lock());
    fill();
    // Another program may be about to write it.
    expect(clear().stderr).toContain(`${busy} (holder: unknown)`);
    const longAgo = Date.now() / 1000 - 11;
    utimesSync(lock(), longAgo, longAgo);
    expect(volume.receive()).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(volume.work).sort()).toEqual(["received", "snapshot.db"]);
  });

  it("defect 12: is given up by waiting alone where the clock says nothing", () => {
    mkdirSync(lock());
    const tomorrow = Date.now() / 1000 + 86_400;
    utimesSync(lock(), tomorrow, tomorrow);
    expect(volume.run(memberCalls.clear("r1"), "", { LOCK_SECONDS: "11" })).toMatchObject({ code: 0 });
  });

  it("leaves another's lock alone when it ends", () => {
    held.lock?.(`${host} ${process.pid}`);
    clear();
    expect(lstatSync(lock()).isSymbolicLink()).toBe(true);
    expect(readlinkSync(lock())).toBe(`${host} ${process.pid}`);
  });
});
