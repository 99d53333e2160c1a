import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Scene } from "./scene";

/** Paths with whatever a path may have. */
export function paths(scene: Scene): void {
  it("row 48: paths that a shell would take apart work", async () => {
    const directory = join(scene.steps.directory, 'it\'s; $(touch /tmp/etcd-recovery-injected) "ü" -x');
    await mkdir(directory, { recursive: true });
    const copy = async (name: string, from: string) => {
      await writeFile(join(directory, name), await readFile(from), { mode: 0o600 });
      return join(directory, name);
    };
    const adminKubeconfig = await copy("-admin", scene.lab.adminKubeconfig);
    const userKubeconfig = await copy("user config", scene.lab.userKubeconfig());
    const run = await scene.steps.run("preflight", { cluster: { adminKubeconfig, userKubeconfig } });
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).not.toContain("not compared (the live");
    await expect(readFile("/tmp/etcd-recovery-injected")).rejects.toThrow("ENOENT");
  });
}
