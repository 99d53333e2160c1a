import { readFile } from "node:fs/promises";
import { join } from "node:path";
import execa from "execa";
import { expect, it } from "vitest";
import type { User } from "./user";

const root = join(__dirname, "..", "..", "..");

/** What is in the tarball, and what other tools make of it. */
export function contentsAreProven(user: User): void {
  it("holds what users need and nothing of what makes it", async () => {
    const { stdout } = await execa("tar", ["tzf", user.installed.tarball]);
    const files = stdout.split("\n").map((name) => name.replace(/^package\//, ""));
    for (const name of [
      "README.md",
      "LICENSE",
      "CHANGELOG.md",
      "docs/reference/components.md",
      "dist/Pulumi.yaml",
      "dist/step.js",
      "dist/config.schema.json",
      "dist/snapshot/generated/kubernetes.json",
      "dist/components/member/scripts/swap.sh",
    ])
      expect(files).toContain(name);
    const strange = files.filter(
      (name) => /(^|\/)(test|lab|bench|packaging|descriptors)\//.test(name) || /(?<!\.d)\.m?ts$/.test(name),
    );
    // Sources that are no part of what runs: the templates', and what Pulumi's analyzer reads.
    expect(strange.filter((name) => !/^(templates|plugin)\//.test(name))).toEqual([]);
    const { version } = JSON.parse(await readFile(join(user.installed.directory, "package.json"), "utf8"));
    for (const of of ["plugin", "templates/restore", "templates/backup"]) {
      const { dependencies } = JSON.parse(
        await readFile(join(user.installed.directory, of, "package.json"), "utf8"),
      );
      expect(dependencies["etcd-recovery"], of).toBe(`^${version}`);
    }
  });

  it("has entry points that every kind of reader resolves", async () => {
    const options = { cwd: root, preferLocal: true, reject: false } as const;
    const lint = await execa("publint", ["--strict", user.installed.tarball], options);
    expect(lint.exitCode, lint.stdout).toBe(0);
    const types = await execa("attw", [user.installed.tarball], options);
    expect(types.exitCode, types.stdout).toBe(0);
  });
}
