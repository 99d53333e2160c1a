import { describe, expect, it } from "vitest";
import { backups } from "./badInputs/backups";
import { ledgers } from "./badInputs/ledgers";
import { memberVolume } from "./badInputs/memberVolume";
import { overrides } from "./badInputs/overrides";
import { paths } from "./badInputs/paths";
import { refusals } from "./badInputs/refusals";
import { rights } from "./badInputs/rights";
import { startScene } from "./badInputs/scene";
import { screens } from "./badInputs/screens";

/**
 * Bad inputs that only a cluster can show, each against the sentence, the remedy and the exit code that it must give;
 * the cluster is the same before and after. One lab for all of them: badInputs/ holds the cases, and their order is that
 * of the calls here. Row numbers are those of docs/reference/refusals.md.
 */
describe("bad inputs on a cluster", () => {
  const scene = startScene();

  it("row 42: a restore without anything bad passes, also without a PodDisruptionBudget", async () => {
    const { code, stdout, stderr } = await scene.steps.run("preflight");
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      nodes: { "kube-etcd-0": "node-a" },
      serverVersion: "3.6.14",
      liveRevision: expect.stringMatching(/^\d+$/),
    });
    await scene.unchanged();
  });

  refusals(scene);
  overrides(scene);
  ledgers(scene);
  rights(scene);
  paths(scene);
  memberVolume(scene);
  backups(scene);
  screens(scene);
});
