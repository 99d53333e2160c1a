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

  it("an id that was used before, and a ledger of a newer program", async () => {
    const ledger = (...fields: string[]) =>
      scene.steps.kubectl([
        "create",
        "configmap",
        "etcd-recovery",
        ...fields.map((field) => `--from-literal=${field}`),
      ]);
    await ledger("id=r1", "phase=finished");
    try {
      const used = await scene.steps.run("preflight");
      expect(used.stderr).toMatch(/^restore.id: r1 was used before \(it is finished\)/m);
      expect(used.stderr).toMatch(/^ {2}pulumi config set --path restore.id r1-2/m);
      expect(used.code).toBe(3);
      await scene.steps.kubectl(["delete", "configmap", "etcd-recovery"]);
      await ledger("id=other", "phase=finished", "format=99");
      const newer = await scene.steps.run("preflight");
      expect(newer.stderr).toMatch(/has format 99, this program knows up to \d+: a newer one wrote it/);
      expect(newer.code).toBe(1);
    } finally {
      await scene.steps.kubectl(["delete", "configmap", "etcd-recovery"]);
    }
    await scene.unchanged();
  });
}
