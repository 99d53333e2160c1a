import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import execa from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launcher } from "../../components/steps/launcher";
import { type ComponentScene, componentScene, kubeconfigText } from "../support/componentScene";
import { docBlocks } from "../support/docBlocks";
import { InstalledPackage } from "../support/installedPackage";

const root = join(__dirname, "..", "..");

/** What a user gets: packed, installed into an empty project, and used there. */
describe("the package", () => {
  let installed: InstalledPackage;
  let scene: ComponentScene;

  beforeAll(async () => {
    scene = componentScene();
    installed = await InstalledPackage.make();
  }, 600_000);
  afterAll(async () => {
    scene?.remove();
    await installed?.remove();
  });

  it("holds what users need and nothing of what makes it", async () => {
    const { stdout } = await execa("tar", ["tzf", installed.tarball]);
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
    expect(strange.filter((name) => !name.startsWith("templates/"))).toEqual([]);
  });

  it("has entry points that every kind of reader resolves", async () => {
    const options = { cwd: root, preferLocal: true, reject: false } as const;
    const lint = await execa("publint", ["--strict", installed.tarball], options);
    expect(lint.exitCode, lint.stdout).toBe(0);
    const types = await execa("attw", [installed.tarball], options);
    expect(types.exitCode, types.stdout).toBe(0);
  });

  it("has the command line", async () => {
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    expect(await installed.run("etcd-recovery", ["--version"])).toMatchObject({
      exitCode: 0,
      stdout: version,
    });
    const help = await installed.run("etcd-recovery", ["--help"]);
    expect(help).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("snapshot") });
    const inspect = await installed.run("etcd-recovery", ["snapshot", "inspect", scene.snapshot]);
    expect(inspect.exitCode, inspect.stderr).toBe(0);
    expect(inspect.stdout).toContain("ConfigMap");
  });

  it("decodes objects without Go", async () => {
    const args = ["snapshot", "get", scene.snapshot, "configmap", "default/map-1"];
    const { exitCode, stdout, stderr } = await installed.run("etcd-recovery", args);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain("map-1");
  });

  it("runs a stack's Commands from the project, and writes nothing into itself", async () => {
    const before = readdirSync(installed.directory, { recursive: true });
    const substrate = { kind: "hosted", namespace: "uc1", adminKubeconfig: scene.kubeconfig };
    const names = { members: 3, of: "gdc-kubeception" };
    const told = {
      format: 1,
      operation: "finalize",
      id: "r1",
      substrate: { ...substrate, names },
      request: {},
    };
    const env = { ETCD_RECOVERY: launcher, ETCD_RECOVERY_ARGUMENTS: JSON.stringify(told) };
    const step = await installed.run("/bin/sh", ["-c", launcher, "etcd-recovery", "preflight"], { env });
    expect(step.stderr).toMatch(/127\.0\.0\.1.*ECONNREFUSED|ECONNREFUSED.*127\.0\.0\.1/s);
    expect(step.stderr).not.toMatch(/not found|^\s+at /m);
    expect(step.exitCode).toBeGreaterThan(0);
    expect(readdirSync(installed.directory, { recursive: true })).toEqual(before);
  });

  it("has components for a program of ten lines: its types, and what it declares", async () => {
    const { "restore.ts": restore = "", "backup.ts": backup = "" } = docBlocks(
      "docs/reference/components.md",
    );
    const compilerOptions = {
      module: "nodenext",
      strict: true,
      outDir: "out",
      skipLibCheck: false,
      types: ["node"],
    };
    await installed.write({
      "restore.ts": restore,
      "backup.ts": backup,
      "mocked.ts": mocked,
      "tsconfig.json": JSON.stringify({ compilerOptions, include: ["*.ts"] }),
    });
    const compiled = await installed.run("tsc", []);
    expect(compiled.exitCode, compiled.stdout).toBe(0);
    const declared = async (program: string, config: object) => {
      const { stdout, stderr, exitCode } = await installed.run("node", ["out/mocked.js", program], {
        env: { PULUMI_CONFIG: JSON.stringify(config) },
      });
      expect(exitCode, stderr).toBe(0);
      return JSON.parse(stdout.split("\n").at(-1) ?? "") as readonly string[];
    };
    const steps = await declared("restore", {
      "user:adminKubeconfig": kubeconfigText,
      "user:snapshot": scene.snapshot,
    });
    expect(steps).toContain("etcd-recovery:index:HostedRestore restore");
    expect(steps.filter((one) => one.includes("Pod "))).toHaveLength(3);
    expect(steps).toContain("command:local:Command restore-guard");
    expect(
      await declared("backup", {
        "user:adminKubeconfig": scene.kubeconfig,
        "user:directory": `${scene.directory}/store`,
      }),
    ).toEqual([
      "command:local:Command backup-capture",
      "command:local:Command backup-seal",
      "etcd-recovery:index:HostedBackup backup",
    ]);
  });
});

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
