import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { docBlocks } from "../../support/docBlocks";
import { TestHome } from "../pluginsHome";
import type { User } from "./user";

/** Projects made from the templates, by the page's own command, where the package is installed. */
export function templatesAreProven(user: User): void {
  describe("a project from a template", () => {
    let home: TestHome;
    beforeAll(async () => {
      home = await TestHome.open();
    });
    afterAll(() => home?.remove());

    it.each(["restore", "backup"])("%s", async (name) => {
      const command = (docBlocks("docs/reference/components.md")["template.sh"] ?? "").trim();
      expect(command).toMatch(/^pulumi new \S+templates\/restore" --dir restore-uc1$/);
      const own = `${command.replaceAll("restore", name)} --generate-only --yes`;
      const made = await user.installed.run("bash", ["-ec", own], { env: home.env, stdin: "ignore" });
      expect(made.stderr).not.toMatch(/not empty|templates repo/);
      expect((await readdir(join(user.installed.project, `${name}-uc1`))).sort()).toEqual([
        "Pulumi.yaml",
        "index.ts",
        "package.json",
        "tsconfig.json",
      ]);
    });
  });
}
