import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Tools } from "../../../lab/tools/provideTools";
import { waitUntil } from "../../../lab/waiting";
import type { BareMachine } from "./bareMachine";
import { MachineScriptRuns, type MachineShell, machineShells, places } from "./machineScriptRuns";

/** etcd's data directory on the machine. */
export const data = "/var/lib/local/etcd";
/** Where etcdutl is kept. */
export const tool = `${places.state}/tools/etcdutl`;
/** What the script `status` is asked. */
export const etcd = ["etcd.yaml", "etcd", data, "-"] as const;
/** What it answers for a container, for any, and for a process that no container is known of. */
export const instance = (id: string) => `instance etcd.yaml container ${id.slice(0, 12)}`;
export const running: unknown = expect.stringMatching(/^instance/);
export const locked = `instance etcd.yaml process with a lock on ${data}/member/snap/db`;

export const shells = Object.keys(machineShells) as MachineShell[];
export const digest = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex");

/** A machine with a runtime, and the scripts on it. */
export class RuntimeScene {
  readonly scripts: MachineScriptRuns;

  constructor(
    private readonly bare: BareMachine,
    private readonly tools: Tools,
  ) {
    this.scripts = new MachineScriptRuns(bare.machine);
  }

  /** Waits until the etcd that runs answers its own client. */
  async serves(): Promise<void> {
    await waitUntil({ what: "etcd", timeoutSeconds: 60 }, async () => {
      const { code } = await this.scripts.run("etcdctl", ["5", "etcd", "endpoint", "health"]);
      return code === 0;
    });
  }

  /** Looks for etcdutl under each shell, each time anew: it is found, and is the whole of it. */
  async findsTool(image: string): Promise<void> {
    for (const shell of shells) {
      expect(await this.scripts.lines("find-tool", ["etcd", image], { shell })).toEqual([`tool ${tool}`]);
      const found = digest(readFileSync(this.bare.machine.hostPath(tool)));
      expect(found).toBe(digest(readFileSync(this.tools.path("etcdutl"))));
      await this.bare.run(["rm", tool]);
    }
  }

  /** Writes by etcd's client under each shell, and reads it. */
  async writes(): Promise<void> {
    for (const shell of shells) {
      await this.scripts.lines("etcdctl", ["9", "etcd", "put", "key", shell], { shell });
      const read = await this.scripts.lines("etcdctl", ["9", "etcd", "get", "key"], { shell });
      expect(read).toEqual(["key", shell]);
    }
  }

  /** Ends etcd, whose end is seen. */
  async ends(): Promise<void> {
    expect(await this.scripts.lines("end", ["etcd.yaml", "-", "etcd"])).toEqual(["ended"]);
    for (const shell of shells)
      expect(await this.scripts.lines("status", etcd, { shell })).not.toContainEqual(running);
  }

  /** Nothing lies in the state directory, or is mounted there, of how an image was read. */
  async keepsNothing(): Promise<void> {
    expect(await this.bare.run(["ls", "-A", places.state])).not.toMatch(/image/);
    expect(await this.bare.run(["cat", "/proc/mounts"])).not.toContain(places.state);
  }
}
