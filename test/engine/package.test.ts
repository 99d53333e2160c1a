import { readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import execa from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launcher } from "../../components/steps/launcher";
import { type ComponentScene, componentScene, kubeconfigText } from "../support/componentScene";
import { docBlocks } from "../support/docBlocks";
import { InstalledPackage } from "../support/installedPackage";
import { workflowCommands } from "../support/workflow";
import { TestHome } from "./pluginsHome";

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
    // Sources that are no part of what runs: the templates', and what Pulumi's analyzer reads.
    expect(strange.filter((name) => !/^(templates|plugin)\//.test(name))).toEqual([]);
    const { version } = JSON.parse(await readFile(join(installed.directory, "package.json"), "utf8"));
    for (const of of ["plugin", "templates/restore", "templates/backup"]) {
      const { dependencies } = JSON.parse(
        await readFile(join(installed.directory, of, "package.json"), "utf8"),
      );
      expect(dependencies["etcd-recovery"], of).toBe(`^${version}`);
    }
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
      lib: ["ES2023"],
      skipLibCheck: false,
      types: ["node"],
    };
    const template = (name: string) =>
      readFile(join(installed.directory, "templates", name, "index.ts"), "utf8");
    await installed.write({
      "restore.ts": restore,
      "backup.ts": backup,
      "templateRestore.ts": await template("restore"),
      "templateBackup.ts": await template("backup"),
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
    const { kubeconfig: path, snapshot, directory } = scene;
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

  it("is read by Pulumi's analyzer, for programs in other languages", async () => {
    const plugin = join(installed.directory, "plugin");
    const { exitCode, stdout, stderr } = await installed.run("node", ["-e", analyze, plugin]);
    expect(exitCode, stderr).toBe(0);
    const { resources, types } = JSON.parse(stdout) as Schema;
    expect(Object.keys(resources).sort()).toEqual(
      ["FinalizeRestore", "HostedBackup", "HostedRestore", "MemberRepair"].map(
        (name) => `etcd-recovery:index:${name}`,
      ),
    );
    const { inputProperties, requiredInputs, properties } =
      resources["etcd-recovery:index:HostedRestore"] ?? {};
    expect(requiredInputs?.toSorted()).toEqual(["cluster", "id", "utilityImage"]);
    expect(inputProperties?.snapshot).toMatchObject({ type: "string", description: expect.any(String) });
    expect(Object.keys(properties ?? {}).sort()).toEqual(["report", "restorePlan"]);
    expect(Object.keys(types)).toContain("etcd-recovery:index:HostedClusterArgs");
  });

  describe("a pipeline, from the page's own text, without a terminal", () => {
    const page = docBlocks("docs/reference/automation.md");
    let home: TestHome;
    beforeAll(async () => {
      home = await TestHome.open();
      await installed.write({ "pipeline.mjs": page["pipeline.mjs"] ?? "" });
    });
    afterAll(() => home?.remove());

    /** Runs a job's commands, but `npm ci`: what it would install is there. @returns the last one's end */
    async function job(name: string, snapshot: string) {
      const restore = JSON.parse(page["restore.json"] ?? "");
      restore.restore.snapshot = snapshot;
      await installed.write({ "restore.json": JSON.stringify(restore) });
      const { PULUMI_BACKEND_URL = "", PULUMI_CONFIG_PASSPHRASE = "passphrase", ...rest } = home.env;
      const secrets = { PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE, ADMIN_KUBECONFIG: kubeconfigText };
      const commands = workflowCommands(page["etcd-restore.yml"] ?? "", secrets)[name] ?? [];
      expect(commands.map(({ run }) => run)).toContain("npm ci");
      const own = { ...rest, ADMIN_KUBECONFIG_FILE: home.path("admin.kubeconfig") };
      let last = { exitCode: -1, stdout: "", stderr: "" };
      for (const { run, env } of commands.filter((command) => command.run !== "npm ci"))
        last = await installed.run("bash", ["-ec", run], { env: { ...env, ...own }, stdin: "ignore" });
      return last;
    }

    it("refuses a damaged snapshot in one sentence, in preview and up", async () => {
      const damaged = join(scene.directory, "damaged.db");
      await writeFile(damaged, (await readFile(scene.snapshot)).subarray(0, 8192));
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
      const preview = await job("preview", scene.snapshot);
      expect(preview.exitCode, preview.stderr).toBe(0);
      expect(preview.stdout).toMatch(/pulumi up would stop here: .*ECONNREFUSED/);
      const up = await job("restore", scene.snapshot);
      expect(up.exitCode).toBe(1);
      expect(up.stderr).toMatch(/^pulumi up of stack \S+ failed: restore-preflight: .*127\.0\.0\.1/);
      const undo = await job("undo", scene.snapshot);
      expect(undo.exitCode, undo.stderr).toBe(0);
      expect(undo.stdout).toContain('"delete"');
    });
  });
});

interface Schema {
  readonly resources: Readonly<
    Record<
      string,
      {
        readonly inputProperties?: Readonly<Record<string, unknown>>;
        readonly requiredInputs?: readonly string[];
        readonly properties?: Readonly<Record<string, unknown>>;
      }
    >
  >;
  readonly types: Readonly<Record<string, unknown>>;
}

/** What the engine is told of a plugin in a directory: the SDK's own provider, made as plugin/index.js makes it. */
const analyze = `
const host = require("@pulumi/pulumi/provider/experimental/provider");
const [, directory] = process.argv;
const door = require.cache[require.resolve("@pulumi/pulumi/provider/experimental")] ??
  (require("@pulumi/pulumi/provider/experimental"), require.cache[require.resolve("@pulumi/pulumi/provider/experimental")]);
door.exports = {
  componentProviderHost: (options) =>
    new host.ComponentProvider(options).getSchema().then((schema) => process.stdout.write(schema)),
};
require(directory);
`;

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
