import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EngineRecord, TestHome } from "./pluginsHome";

/** Programs of a directory, as the `pulumi` command runs them: by the language host. */
let home: TestHome;
beforeAll(async () => {
  home = await TestHome.open();
});
afterAll(() => home?.remove());

const project = `name: program
runtime: nodejs
main: index.ts
config:
  greeting:
    type: string
    default: hello
`;

async function projectOf(name: string, program: string): Promise<Stack> {
  const directory = home.path(name);
  await mkdir(directory);
  await symlink(join(__dirname, "..", "..", "node_modules"), join(directory, "node_modules"));
  const files = { "Pulumi.yaml": project, "index.ts": program, "package.json": `{"name":"program"}` };
  await Promise.all(Object.entries(files).map(([file, text]) => writeFile(join(directory, file), text)));
  return await home.projectStack("dev", directory);
}

describe("a TypeScript program in a directory", () => {
  it("gets its configuration and secrets, shows what it prints, and exports outputs", async () => {
    const stack = await projectOf(
      "configured",
      `import * as pulumi from "@pulumi/pulumi";
       import { local } from "@pulumi/command";
       const config = new pulumi.Config();
       console.log("printed by the program");
       const step = new local.Command("step", { create: "echo " + config.require("greeting"), logging: "none" });
       export const greeting = step.stdout;
       export const password = config.requireSecret("password");
       export const where = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack(), pulumi.runtime.isDryRun()];
       export const directory = process.cwd();`,
    );
    await stack.setConfig("greeting", { value: "good-evening" });
    await stack.setConfig("password", { value: "sesame", secret: true });
    const preview = new EngineRecord();
    await stack.preview({ onEvent: preview.onEvent });
    expect(preview.changes).toContain("create step");
    const record = new EngineRecord();
    const { outputs } = await stack.up({ onEvent: record.onEvent });
    expect(record.text).toContain("printed by the program");
    expect(outputs.greeting).toEqual({ value: "good-evening", secret: false });
    expect(outputs.password).toEqual({ value: "sesame", secret: true });
    expect(outputs.where?.value).toEqual(["organization", "program", "dev", false]);
    expect(outputs.directory?.value).toBe(home.path("configured"));
    await stack.up({ expectNoChanges: true });
    await stack.destroy();
  });

  it("fails with the program's own error, once, when it throws", async () => {
    const stack = await projectOf(
      "throwing",
      `import * as pulumi from "@pulumi/pulumi";
       throw new pulumi.RunError("the snapshot is missing; name one with: pulumi config set snapshot FILE");`,
    );
    const record = new EngineRecord();
    await expect(stack.up({ onEvent: record.onEvent })).rejects.toThrow();
    expect(record.text).toContain("the snapshot is missing");
    expect(record.text).not.toContain("non-zero exit code");
    expect(record.text).not.toContain("    at ");
  });

  it("fails with the exit code when the program ends by itself", async () => {
    const stack = await projectOf("exiting", "process.exit(7);");
    await expect(stack.up()).rejects.toThrow(/non-zero exit code: 7/);
  });
});
