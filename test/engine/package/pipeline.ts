import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kubeconfigText } from "../../support/componentScene";
import { docBlocks } from "../../support/docBlocks";
import { workflowCommands } from "../../support/workflow";
import { TestHome } from "../pluginsHome";
import type { User } from "./user";

/** The page for pipelines. */
export function pipelineIsProven(user: User): void {
  describe("a pipeline, from the page's own text, without a terminal", () => {
    const page = docBlocks("docs/reference/automation.md");
    let home: TestHome;
    beforeAll(async () => {
      home = await TestHome.open();
      await user.installed.write({ "pipeline.mjs": page["pipeline.mjs"] ?? "" });
    });
    afterAll(() => home?.remove());

    /** Runs a job's commands, but `npm ci`: what it would install is there. @returns the last one's end */
    async function job(name: string, snapshot: string) {
      const restore = JSON.parse(page["restore.json"] ?? "");
      restore.restore.snapshot = snapshot;
      await user.installed.write({ "restore.json": JSON.stringify(restore) });
      const { PULUMI_BACKEND_URL = "", PULUMI_CONFIG_PASSPHRASE = "passphrase", ...rest } = home.env;
      const secrets = { PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE, ADMIN_KUBECONFIG: kubeconfigText };
      const commands = workflowCommands(page["etcd-restore.yml"] ?? "", secrets)[name] ?? [];
      expect(commands.map(({ run }) => run)).toContain("npm ci");
      const own = { ...rest, ADMIN_KUBECONFIG_FILE: home.path("admin.kubeconfig") };
      let last = { exitCode: -1, stdout: "", stderr: "" };
      for (const { run, env } of commands.filter((command) => command.run !== "npm ci"))
        last = await user.installed.run("bash", ["-ec", run], { env: { ...env, ...own }, stdin: "ignore" });
      return last;
    }

    it("refuses a damaged snapshot in one sentence, in preview and up", async () => {
      const damaged = join(user.scene.directory, "damaged.db");
      await writeFile(damaged, (await readFile(user.scene.snapshot)).subarray(0, 8192));
      for (const name of ["preview", "restore"]) {
        const { exitCode, stdout, stderr } = await job(name, damaged);
        expect(exitCode).toBe(1);
        expect(stderr).toMatch(
          /^pulumi (preview|up) of stack \S+ failed: restore.snapshot: .* is truncated: .*$/,
        );
        const [, diagnostics = ""] = stdout.split("Diagnostics:");
        expect(diagnostics.match(/is truncated/g)).toHaveLength(1);
        expect(diagnostics).toMatch(/\+ 1 (to create|created)/);
        expect(stdout).not.toMatch(/^\s+at |Unhandled|unhandled/m);
      }
    });

    it("previews, runs the package's own steps, and undoes", async () => {
      const preview = await job("preview", user.scene.snapshot);
      expect(preview.exitCode, preview.stderr).toBe(0);
      expect(preview.stdout).toMatch(/pulumi up would stop here: .*ECONNREFUSED/);
      const up = await job("restore", user.scene.snapshot);
      expect(up.exitCode).toBe(1);
      expect(up.stderr).toMatch(/^pulumi up of stack \S+ failed: restore-preflight: .*127\.0\.0\.1/);
      const undo = await job("undo", user.scene.snapshot);
      expect(undo.exitCode, undo.stderr).toBe(0);
      expect(undo.stdout).toContain('"delete"');
    });
  });
}
