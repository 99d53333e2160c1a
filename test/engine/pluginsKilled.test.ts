import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { local } from "@pulumi/command";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EngineRecord, linesOf, TestHome } from "./pluginsHome";

let home: TestHome;
beforeAll(async () => {
  home = await TestHome.open();
});
afterAll(() => home?.remove());

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(100);
  }
  throw new Error(`waited in vain for ${what}`);
}

/** The `pulumi` process of this test's home, a child of this process. */
async function pulumiProcess(): Promise<number> {
  const children = await readFile(`/proc/self/task/${process.pid}/children`, "utf8");
  for (const pid of children.trim().split(" ").map(Number)) {
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (command.startsWith("pulumi\0up") || /\/pulumi\0up/.test(command)) return pid;
  }
  throw new Error("no pulumi up runs");
}

describe("kill -9 of the CLI in the middle of a create (facts iv, xv, xviii)", () => {
  it("leaves a lock and a grandchild, kills the shell itself, and the next up runs the create again", async () => {
    const notes = home.path("notes");
    const pids = home.path("pids");
    const stack = await home.stack("killed", async () => {
      const create = [
        'echo started >> "$NOTES"',
        'trap "echo trapped >> $NOTES" EXIT',
        'if test -e "$PIDS"; then exit 0; fi',
        "sleep 100 & child=$!",
        'echo "$$ $child" > "$PIDS"',
        "wait",
      ].join("\n");
      new local.Command("killed", {
        create,
        delete: 'echo deleted >> "$NOTES"',
        environment: { NOTES: notes, PIDS: pids },
      });
    });
    const killed = stack.up();
    killed.catch(() => undefined);
    const [shell = 0, grandchild = 0] = await until("the command's pids", async () => {
      const [line] = await linesOf(pids);
      return line?.split(" ").map(Number);
    });
    try {
      process.kill(await pulumiProcess(), "SIGKILL");
      await expect(killed).rejects.toThrow();
      await until("the shell to end", async () => (isAlive(shell) ? undefined : true));
      expect(isAlive(grandchild)).toBe(true);
      expect(await linesOf(notes)).toEqual(["started"]);

      await expect(stack.up()).rejects.toThrow(/currently locked by 1 lock/);
      await stack.cancel();
      const record = new EngineRecord();
      await stack.up({ onEvent: record.onEvent });
      expect(record.changes).toEqual(["create killed"]);
      expect(record.text).toMatch(/pending operations|interrupted while/);
      expect(await linesOf(notes)).toEqual(["started", "started", "trapped"]);
    } finally {
      if (isAlive(grandchild)) process.kill(grandchild, "SIGKILL");
    }
    await stack.destroy();
    expect(await linesOf(notes)).toEqual(["started", "started", "trapped", "deleted"]);
  });
});
