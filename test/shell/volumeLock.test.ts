import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
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
    expect(seen).toMatch(new RegExp(`^${host} \\d+\n$`));
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
