import { copyFile, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import execa from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { provideTools } from "../../../lab/tools/provideTools";
import { kubeconfigText } from "../../support/componentScene";
import { docBlocks } from "../../support/docBlocks";
import { TestHome } from "../pluginsHome";
import type { User } from "./user";

/** The page's program in YAML, on the real engine with the real language host for YAML. */
export function yamlIsProven(user: User): void {
  describe("a program in YAML", () => {
    let home: TestHome;
    beforeAll(async () => {
      home = await TestHome.open();
      const tools = await provideTools({ only: ["pulumi-language-yaml"] });
      // A copy: it looks for the language host of the components beside itself, links resolved.
      const host = home.path("home", "bin", "pulumi-language-yaml");
      await copyFile(tools.path("pulumi-language-yaml"), host);
      const directory = home.path("nightly");
      await mkdir(directory);
      await symlink(join(user.installed.project, "node_modules"), join(directory, "node_modules"));
      const program = docBlocks("plugin/README.md")["Pulumi.yaml"] ?? "";
      const store = join(user.scene.directory, "yaml-store");
      await writeFile(join(directory, "Pulumi.yaml"), program.replace("/srv/etcd-backups", store));
      await mkdir(home.path("temporary"));
      await pulumi("stack", "init", "dev");
    }, 900_000);
    afterAll(() => home?.remove());

    const pulumi = (...argv: string[]) =>
      execa("pulumi", ["--non-interactive", "--color", "never", ...argv], {
        cwd: home.path("nightly"),
        env: { ...home.env, TMPDIR: home.path("temporary") },
        all: true,
        reject: false,
      });

    it("is told what the components take, in words", async () => {
      const argv = ["package", "get-schema", "./node_modules/etcd-recovery/plugin"];
      const { exitCode, stdout, stderr } = await pulumi(...argv);
      expect(exitCode, stderr).toBe(0);
      expect(Object.keys(JSON.parse(stdout).resources)).toContain("etcd-recovery:index:HostedRestore");
      expect(stdout).not.toContain("[object Object]");
    });

    it("refuses in one sentence", async () => {
      await pulumi("config", "set", "adminKubeconfig", "/nowhere/admin.kubeconfig");
      const { exitCode, all = "" } = await pulumi("preview");
      expect(exitCode).not.toBe(0);
      const [, diagnostics = ""] = all.split("Diagnostics:");
      const said = diagnostics.split("\n").filter((line) => line.includes("error:"));
      expect(said, all).toEqual([
        expect.stringMatching(/adminKubeconfig: \/nowhere\/admin\.kubeconfig: cannot be read: ENOENT/),
      ]);
      expect(all).not.toMatch(/^\s+at /m);
    });

    it("declares the steps, runs the package's own program, and shows no secret", async () => {
      await pulumi("config", "set", "--secret", "adminKubeconfig", "--", kubeconfigText);
      const { all = "" } = await pulumi("up", "--yes", "--skip-preview");
      expect(all).toMatch(/HostedBackup backup created/);
      expect(all).toMatch(
        /Command \(backup-capture\):\n.*error: .*\n\s+etcd of uc1: no member could be asked/,
      );
      const state = await pulumi("stack", "export");
      expect(state.stdout).toContain("etcd-recovery:index:HostedBackup");
      expect(all + state.stdout).not.toContain("S3cretToken");
      // the engine has killed the components' program
      expect((await readdir(home.path("temporary"))).filter((name) => name.includes("kubeconfig"))).toEqual(
        [],
      );
    });
  });
}
