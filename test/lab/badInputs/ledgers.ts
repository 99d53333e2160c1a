import { expect, it } from "vitest";
import type { Scene } from "./scene";

/** Ledgers of other restores. */
export function ledgers(scene: Scene): void {
  it.each(["swapped", "finished"])("faults row 1: another restore that is %s", async (phase) => {
    await scene.steps.kubectl([
      "create",
      "configmap",
      "etcd-recovery",
      "--from-literal=id=other",
      `--from-literal=phase=${phase}`,
    ]);
    try {
      const run = await scene.steps.run("preflight");
      if (phase === "finished") return expect(run.code, run.stderr).toBe(0);
      expect(run).toMatchObject({
        code: 3,
        stderr: expect.stringMatching(/restore other of this cluster is under way.*\n {2}Finish it/),
      });
      const own = await scene.steps.run("preflight", { id: "other" });
      expect(own.code, own.stderr).toBe(0);
    } finally {
      await scene.steps.kubectl(["delete", "configmap", "etcd-recovery"]);
    }
    await scene.unchanged();
  });
}
