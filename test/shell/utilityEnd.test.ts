import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memberCalls } from "../../components/member/memberCalls";
import { shells } from "../support/shells";
import { StagingVolume } from "../support/stagingVolume";

/** When a utility Pod ends: its volume must be free before an etcd starts, and no answer may be lost for it. */
describe.each(shells)("defect 2: the utility Pod's end, under $name", (shell) => {
  let volume: StagingVolume;
  let host: string;
  let running: ChildProcess[];

  /** Starts process 1 of a Pod and waits until it has begun. */
  const start = async (mode?: "revived") => {
    const main = volume.start(memberCalls.main("r1", mode));
    running.push(main);
    while (!existsSync(record()) && main.exitCode === null) await sleep(10);
    return main;
  };
  const record = () => join(volume.work, `main.${host}`);
  /** Exit code, and milliseconds until it ended. */
  const end = async (main: ChildProcess) => {
    const started = performance.now();
    if (main.exitCode === null && main.signalCode === null) await once(main, "exit");
    return { code: main.exitCode, after: performance.now() - started };
  };
  const livesFor = async (main: ChildProcess, milliseconds: number) => {
    await sleep(milliseconds);
    return main.exitCode === null && main.signalCode === null;
  };
  const staged = () => {
    volume.receive();
    volume.stage();
  };

  beforeEach(() => {
    volume = new StagingVolume(shell);
    host = volume.sandbox.run("uname -n", []).stdout.trim();
    running = [];
  });
  afterEach(async () => {
    for (const main of running) main.kill("SIGKILL");
    volume.dispose();
  });

  it.each(["swap", "unswap", "release"] as const)(
    "defect 2: comes by itself after %s, long before it would look, and its answer is through",
    async (script) => {
      staged();
      const main = await start();
      expect(volume.plain(script)).toMatchObject({ code: 0, stderr: "" });
      const { code, after } = await end(main);
      expect(code).toBe(0);
      expect(after).toBeLessThan(2500);
      expect(existsSync(record())).toBe(false);
    },
  );

  it.each([
    ["adopt", "swapped"],
    ["unhold", "undone"],
  ] as const)("defect 2: comes by itself after %s of a repair", async (script, answer) => {
    const main = await start();
    expect(volume.run(memberCalls.hold("r1")).stdout).toBe("held\n");
    mkdirSync(join(volume.data, "member.seed-r1", "member", "wal"), { recursive: true });
    expect(await livesFor(main, 50)).toBe(true);
    expect(volume.run(memberCalls[script]("r1"))).toMatchObject({ code: 0, stdout: `${answer}\n` });
    expect((await end(main)).code).toBe(0);
  });

  it("says why in its log", async () => {
    staged();
    const main = await start();
    let said = "";
    main.stdout?.on("data", (text) => {
      said += text;
    });
    volume.plain("swap");
    await once(main, "close");
    expect(said).toBe("swapped\n");
  });

  it("comes by the mark alone, 2 s later, when the signal is lost", async () => {
    const main = await start();
    writeFileSync(join(volume.work, "swapped"), "");
    expect(await livesFor(main, 1500)).toBe(true);
    const { code, after } = await end(main);
    expect(code).toBe(0);
    expect(after).toBeLessThan(3000);
  });

  it("does not come while one of its scripts is at work, asked or not", async () => {
    const main = await start();
    const lock = join(volume.work, "lock");
    symlinkSync(`${host} ${process.pid}`, lock);
    writeFileSync(join(volume.work, "undone"), "");
    main.kill("SIGUSR1");
    expect(await livesFor(main, 3500)).toBe(true);
    unlinkSync(lock);
    expect((await end(main)).after).toBeLessThan(2500);
  });

  it.each(["swapped", "undone", "unswapped", "over"])(
    "comes at once where the mark %s is already: a refresh may make a Pod anew",
    async (mark) => {
      mkdirSync(volume.work, { recursive: true });
      writeFileSync(join(volume.work, mark), "");
      const { code, stdout } = volume.run(memberCalls.main("r1"));
      expect({ code, stdout }).toEqual({ code: 0, stdout: `${mark}\n` });
      expect(readdirSync(volume.work)).toEqual([mark]);
    },
  );

  it("of a revived Pod does not come by the marks of a swap, but when it is asked to", async () => {
    staged();
    volume.plain("swap");
    const main = await start("revived");
    expect(await livesFor(main, 1500)).toBe(true);
    expect(volume.plain("swap").stdout).toBe("swapped\n");
    expect((await end(main)).after).toBeLessThan(2500);
  });

  it.each([undefined, "revived"] as const)("comes by end.sh without any mark (mode %s)", async (mode) => {
    staged();
    const main = await start(mode);
    expect(volume.plain("end")).toMatchObject({ code: 0, stdout: "ending\n", stderr: "" });
    const { code, after } = await end(main);
    expect(code).toBe(0);
    expect(after).toBeLessThan(2500);
    expect(volume.phase()).toBe("phase staged");
  });

  it("leaves nothing behind where nothing was done", async () => {
    const main = await start();
    volume.plain("clear");
    expect(readFileSync(record(), "utf8")).toBe(`${main.pid}\n`);
    expect(volume.plain("end").code).toBe(0);
    await end(main);
    expect(readdirSync(volume.data)).toEqual(["member"]);
  });

  it("defect 7: TERM ends it and clears nothing", async () => {
    staged();
    const main = await start();
    main.kill("SIGTERM");
    expect((await end(main)).code).toBe(0);
    expect(volume.phase()).toBe("phase staged");
    expect(volume.plain("swap").code).toBe(0);
  });

  it("is not brought on by a signal without a reason", async () => {
    const main = await start();
    main.kill("SIGUSR1");
    expect(await livesFor(main, 1500)).toBe(true);
  });

  it("never signals another process, nor one of another Pod", async () => {
    staged();
    const script = join(volume.sandbox.directory, "stranger.sh");
    writeFileSync(script, "sleep 10 & wait\n");
    const stranger = volume.sandbox.startFile(script, [], {});
    running.push(stranger);
    // A process id that was given to another since; and a record of another Pod.
    writeFileSync(record(), `${stranger.pid}\n`);
    const main = volume.start(memberCalls.main("r2"));
    running.push(main);
    writeFileSync(join(volume.work, "main.pod-b"), `${main.pid}\n`);
    expect(volume.plain("swap").code).toBe(0);
    expect(await livesFor(stranger, 700)).toBe(true);
    expect(main.exitCode).toBe(null);
  });
});
