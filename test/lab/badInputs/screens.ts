import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imageNames } from "../../../lab/images/labImages";
import { LabStacks } from "../../support/labStack";
import { writeKubeconfigs } from "./kubeconfigs";
import type { Scene } from "./scene";

/** Refusals as the engine prints them. */
export function screens(scene: Scene): void {
  describe("what a person sees of `pulumi up`", () => {
    let stacks: LabStacks;
    beforeAll(async () => {
      stacks = await LabStacks.open(scene.lab);
      await stacks.restoreStack("screen", { "restore.snapshot": scene.steps.snapshot.path });
    });
    afterAll(() => stacks?.close());

    it.each<[string, () => Record<string, string>, RegExp]>([
      [
        "row 9: a cut snapshot",
        () => ({ "restore.snapshot": join(scene.steps.directory, "cut.db") }),
        /restore.snapshot: .*cut.db: is truncated: .*Take another copy/,
      ],
      [
        "row 40: an insecure kubeconfig",
        () => ({ adminKubeconfig: join(scene.steps.directory, "insecure.kubeconfig") }),
        /adminKubeconfig: .*insecure-skip-tls-verify.*allowInsecure\[0\]' https/,
      ],
      [
        "row 41: a wrong namespace",
        () => ({ namespace: "uc3" }),
        /namespace: .*no namespace uc3; it has: uc1/,
      ],
      [
        "row 49: a placeholder for the image",
        () => ({ utilityImage: "gcr.io/gke-on-prem-release/etcd-util:GKE_ON_PREM_VERSION" }),
        /utilityImage: must name the cluster's own version in its tag. pulumi config set utilityImage VALUE/,
      ],
      [
        "faults row 10: a living quorum",
        () => ({}),
        /restore.reason: 1 of 1 members are healthy.*\n.*restore.reason 'why'/,
      ],
    ])("%s", async (_, settings, sentence) => {
      await writeKubeconfigs(scene);
      await writeFile(
        join(scene.steps.directory, "cut.db"),
        (await readFile(scene.steps.snapshot.path)).subarray(0, 8192),
      );
      const good: Record<string, string> = {
        "restore.snapshot": scene.steps.snapshot.path,
        adminKubeconfig: scene.lab.adminKubeconfig,
        namespace: "uc1",
        utilityImage: imageNames.etcdUtil,
      };
      const all = Object.entries({ ...good, ...settings() });
      await stacks.done(
        "config",
        "set-all",
        "--path",
        ...all.flatMap(([k, v]) => ["--plaintext", `${k}=${v}`]),
      );
      const { exitCode, screen } = await stacks.pulumi("up", "--yes", "--skip-preview");
      expect(exitCode).not.toBe(0);
      expect(screen).toMatch(sentence);
      expect(screen).not.toMatch(/^\s+at .*:\d+|node_modules|Unhandled/m);
      await scene.unchanged();
    });

    it("leaves nothing behind", async () => {
      await stacks.done("destroy", "--yes", "--skip-preview");
      await scene.unchanged();
    });
  });
}
