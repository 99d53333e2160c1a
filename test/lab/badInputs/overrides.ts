import { expect, it } from "vitest";
import type { RestoreChange } from "../../support/directSteps";
import type { Scene } from "./scene";
import { apiServer, secretText } from "./standIns";

/** What preflight lets pass all the same: an override names it, or the API servers have the key. */
export function overrides(scene: Scene): void {
  it.each<[string, () => RestoreChange]>([
    ["row 22", () => ({ snapshot: { ...scene.steps.snapshot, kubeSystemUid: "0f0f" }, clusterUid: "0f0f" })],
    [
      "row 25",
      () => ({
        snapshot: { ...scene.steps.snapshot, etcdVersion: "3.99.0" },
        overrides: { allowVersion: "3.99.0" },
      }),
    ],
    [
      "row 26",
      () => ({ snapshot: scene.encrypted("aescbc:key1"), overrides: { allowEncryption: ["aescbc:key1"] } }),
    ],
  ])("%s: passes when the override names it", async (_, change) => {
    expect(await scene.steps.run("preflight", change())).toMatchObject({ code: 0 });
  });

  it("row 26: passes when the API servers have the key, and no secret is shown", async () => {
    const change = { snapshot: scene.encrypted("aescbc:key1", "kms:vault"), profile: apiServer("sealed") };
    const run = await scene.steps.run("preflight", change);
    expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining("have aescbc:key1 kms:vault") });
    expect(run.stderr + run.stdout).not.toContain(secretText);
  });
}
