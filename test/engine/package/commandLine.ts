import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { launcher } from "../../../components/steps/launcher";
import type { User } from "./user";

const root = join(__dirname, "..", "..", "..");

/** The commands of a user, and those of a stack. */
export function commandLineIsProven(user: User): void {
  it("has the command line", async () => {
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    expect(await user.installed.run("etcd-recovery", ["--version"])).toMatchObject({
      exitCode: 0,
      stdout: version,
    });
    const help = await user.installed.run("etcd-recovery", ["--help"]);
    expect(help).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("snapshot") });
    const inspect = await user.installed.run("etcd-recovery", ["snapshot", "inspect", user.scene.snapshot]);
    expect(inspect.exitCode, inspect.stderr).toBe(0);
    expect(inspect.stdout).toContain("ConfigMap");
  });

  it("decodes objects without Go", async () => {
    const args = ["snapshot", "get", user.scene.snapshot, "configmap", "default/map-1"];
    const { exitCode, stdout, stderr } = await user.installed.run("etcd-recovery", args);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain("map-1");
  });

  it("runs a stack's Commands from the project, and writes nothing into itself", async () => {
    const before = readdirSync(user.installed.directory, { recursive: true });
    const substrate = { kind: "hosted", namespace: "uc1", adminKubeconfig: user.scene.kubeconfig };
    const names = { members: 3, of: "gdc-kubeception" };
    const told = {
      format: 1,
      operation: "finalize",
      id: "r1",
      substrate: { ...substrate, names },
      request: {},
    };
    const env = { ETCD_RECOVERY: launcher, ETCD_RECOVERY_ARGUMENTS: JSON.stringify(told) };
    const step = await user.installed.run("/bin/sh", ["-c", launcher, "etcd-recovery", "preflight"], { env });
    expect(step.stderr).toMatch(/127\.0\.0\.1.*ECONNREFUSED|ECONNREFUSED.*127\.0\.0\.1/s);
    expect(step.stderr).not.toMatch(/not found|^\s+at /m);
    expect(step.exitCode).toBeGreaterThan(0);
    expect(readdirSync(user.installed.directory, { recursive: true })).toEqual(before);
  });
}
