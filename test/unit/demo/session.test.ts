import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { Session } from "../../../lab/demo/session";

describe("Session", () => {
  it("ends with the program's own exit code", async () => {
    expect(await new Session(["false"], process.env).ended).toBe(1);
    expect(await new Session(["true"], process.env).ended).toBe(0);
  });

  it("ends what the program started, also in a process group of its own", async () => {
    // timeout(1) makes itself a process group, as Pulumi does for its plugins.
    const marker = `10${process.pid}.25`;
    const session = new Session(["timeout", marker, "sleep", marker], process.env);
    await session.end();
    expect(await session.ended).not.toBe(0);
    expect(await running(marker)).toEqual([]);
  });

  it("does not wait for a program that ignores the request", async () => {
    const session = new Session(
      [process.execPath, "--eval", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"],
      process.env,
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    await session.end(0.2);
    expect(await session.ended).toBe(1);
  });
});

/** Processes of this machine with that word among their arguments. */
async function running(word: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  return pids.filter((_, index) => lines[index]?.split("\0").includes(word));
}
