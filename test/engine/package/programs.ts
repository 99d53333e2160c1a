import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { kubeconfigText } from "../../support/componentScene";
import { docBlocks } from "../../support/docBlocks";
import type { User } from "./user";

/** Programs of a user's own, in TypeScript. */
export function programsAreProven(user: User): void {
  it("has components for a program of ten lines: its types, and what it declares", async () => {
    const { "restore.ts": restore = "", "backup.ts": backup = "" } = docBlocks(
      "docs/reference/components.md",
    );
    const compilerOptions = {
      module: "nodenext",
      strict: true,
      outDir: "out",
      lib: ["ES2023"],
      skipLibCheck: false,
      types: ["node"],
    };
    const template = (name: string) =>
      readFile(join(user.installed.directory, "templates", name, "index.ts"), "utf8");
    await user.installed.write({
      "restore.ts": restore,
      "backup.ts": backup,
      "templateRestore.ts": await template("restore"),
      "templateBackup.ts": await template("backup"),
      "mocked.ts": mocked,
      "tsconfig.json": JSON.stringify({ compilerOptions, include: ["*.ts"] }),
    });
    const compiled = await user.installed.run("tsc", []);
    expect(compiled.exitCode, compiled.stdout).toBe(0);
    const declared = async (program: string, config: object) => {
      const { stdout, stderr, exitCode } = await user.installed.run("node", ["out/mocked.js", program], {
        env: { PULUMI_CONFIG: JSON.stringify(config) },
      });
      expect(exitCode, stderr).toBe(0);
      return JSON.parse(stdout.split("\n").at(-1) ?? "") as readonly string[];
    };
    const { kubeconfig: path, snapshot, directory } = user.scene;
    const steps = await declared("restore", {
      "user:adminKubeconfig": kubeconfigText,
      "user:snapshot": snapshot,
    });
    expect(steps).toContain("etcd-recovery:index:HostedRestore restore");
    expect(steps.filter((one) => one.includes("Pod "))).toHaveLength(3);
    expect(steps).toContain("command:local:Command restore-guard");
    const taken = [
      "command:local:Command backup-capture",
      "command:local:Command backup-seal",
      "etcd-recovery:index:HostedBackup backup",
    ];
    const store = { "user:adminKubeconfig": path, "user:directory": `${directory}/store` };
    expect(await declared("backup", store)).toEqual(taken);
    const asked = { "user:cluster": "uc1", "user:userKubeconfig": "", "user:generation": "1" };
    expect(await declared("templateBackup", { ...store, ...asked })).toEqual(taken);
    const restored = { "user:id": "night-1", "user:utilityImage": "i:1", "user:snapshot": snapshot };
    expect(await declared("templateRestore", { ...store, ...asked, ...restored })).toEqual(steps);
  });
}

/** Runs a program against the SDK's mocks; prints what it declared. */
const mocked = `import * as pulumi from "@pulumi/pulumi";
const declared: string[] = [];
const mocks = {
  newResource: (args: pulumi.runtime.MockResourceArgs) => {
    declared.push(args.type + " " + args.name);
    return { id: args.name, state: { ...args.inputs, stdout: "{}" } };
  },
  call: (args: pulumi.runtime.MockCallArgs) => args.inputs,
};
async function main(): Promise<void> {
  await pulumi.runtime.setMocks(mocks, "user", "dev", false);
  await import("./" + process.argv[2] + ".js");
  await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
  const own = declared.filter((one) => !one.startsWith("pulumi:"));
  process.stdout.write("\\n" + JSON.stringify(own.sort()));
}
void main();
`;
