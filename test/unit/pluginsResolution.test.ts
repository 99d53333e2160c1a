import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { missingDependencies } from "../../lab/plugins/languageNodejs/packages";
import { environmentOf, pluginArguments } from "../../lab/plugins/languageNodejs/pluginRun";
import { nodeArguments, programEnvironment } from "../../lab/plugins/languageNodejs/programArguments";
import {
  type PluginPlaces,
  pluginDirectoryName,
  pluginPlaces,
  resolvePlugins,
} from "../../lab/pulumi/plugins";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "etcd-recovery-plugins-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function program(...names: string[]): Promise<string> {
  const path = join(root, ...names);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, "#!/bin/sh\n");
  await chmod(path, 0o755);
  return path;
}

const places = (given: Partial<PluginPlaces>): PluginPlaces => ({
  directory: undefined,
  userHome: join(root, "nobody"),
  path: [],
  ...given,
});

async function resolve(given: Partial<PluginPlaces>) {
  const warnings: string[] = [];
  const plugins = await resolvePlugins(places(given), (sentence) => warnings.push(sentence));
  return { plugins, warnings };
}

describe("where plugins come from", () => {
  it("is the stand-in for each that is nowhere", async () => {
    const { plugins, warnings } = await resolve({});
    expect(Object.values(plugins)).toEqual(Array(3).fill({ kind: "stand-in" }));
    expect(warnings).toEqual([]);
  });

  it("is the named directory first, for what is there, then the user's home, then PATH", async () => {
    const named = await program("named", pluginDirectoryName("command"), "pulumi-resource-command");
    await program("home", "plugins", pluginDirectoryName("command"), "pulumi-resource-command");
    const own = await program(
      "home",
      "plugins",
      pluginDirectoryName("kubernetes"),
      "pulumi-resource-kubernetes",
    );
    const host = await program("bin", "pulumi-language-nodejs");
    const { plugins } = await resolve({
      directory: join(root, "named"),
      userHome: join(root, "home"),
      path: [join(root, "empty"), join(root, "bin")],
    });
    expect(plugins).toEqual({
      command: { kind: "official", path: named },
      kubernetes: { kind: "official", path: own },
      nodejs: { kind: "official", path: host },
    });
  });

  it("is never a plugin of another version, and says so", async () => {
    await program("named", "resource-command-v0.0.1", "pulumi-resource-command");
    const { plugins, warnings } = await resolve({ directory: join(root, "named") });
    expect(plugins.command).toEqual({ kind: "stand-in" });
    expect(warnings).toEqual([
      expect.stringMatching(/resource-command-v0\.0\.1 is not used: .* is not the version/),
    ]);
  });

  it("is never another lab's stand-in that lies on PATH", async () => {
    const host = await program("bin", "pulumi-language-nodejs");
    await writeFile(
      host,
      "#!/usr/bin/node\n// Stand-in of the etcd-recovery lab for a plugin that cannot be downloaded; never for production.\n",
    );
    const { plugins } = await resolve({ path: [join(root, "bin")] });
    expect(plugins.nodejs).toEqual({ kind: "stand-in" });
  });

  it("is refused when the named directory does not exist", async () => {
    await expect(resolve({ directory: join(root, "missing") })).rejects.toThrow(
      /ETCD_RECOVERY_PLUGINS names .*missing/,
    );
  });

  it("is told by the environment", () => {
    const env = { ETCD_RECOVERY_PLUGINS: "/plugins", HOME: "/home/me", PATH: "/usr/bin:relative:/bin" };
    expect(pluginPlaces("/opt/pulumi/pulumi", env)).toEqual({
      directory: "/plugins",
      userHome: "/home/me/.pulumi",
      path: ["/opt/pulumi", "/usr/bin", "/bin"],
    });
  });
});

describe("how the language host starts a program", () => {
  const run = {
    monitor: "127.0.0.1:1",
    engine: "127.0.0.1:2",
    organization: "organization",
    project: "p",
    stack: "s",
    rootDirectory: "/p",
    programDirectory: "/p",
    pwd: "/p",
    entryPoint: "index.ts",
    parallel: 4,
    dryRun: true,
    args: ["x"],
    config: { "p:key": "value" },
    configSecretKeys: ["p:key"],
    options: { nodeargs: "--max-old-space-size=100", tsconfig: "tsconfig.build.json" },
  };

  it("is by the SDK's runner, its flags, the entry point and the arguments", () => {
    expect(nodeArguments(run, "/p/node_modules/run.js").join(" ")).toBe(
      "--max-old-space-size=100 /p/node_modules/run.js --monitor 127.0.0.1:1 --engine 127.0.0.1:2 --organization organization --project p --root-directory /p --stack s --pwd /p --parallel 4 --dry-run index.ts x",
    );
  });

  it("is with the configuration in the environment, and what was there kept", () => {
    expect(programEnvironment(run, { PULUMI_NODEJS_TRANSPILE_ONLY: "true" })).toEqual({
      PULUMI_CONFIG: '{"p:key":"value"}',
      PULUMI_CONFIG_SECRET_KEYS: '["p:key"]',
      PULUMI_NODEJS_TYPESCRIPT: "true",
      PULUMI_NODEJS_TSCONFIG_PATH: "/p/tsconfig.build.json",
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    });
  });
});

describe("how the language host starts a provider", () => {
  const pack = async (content: object, ...names: string[]) => {
    const path = join(root, ...names, "package.json");
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, JSON.stringify(content));
  };

  it("is by the SDK's other runner, found from the provider's directory", async () => {
    const plugin = join(root, "plugin");
    await pack({ name: "@pulumi/pulumi" }, "node_modules", "@pulumi", "pulumi");
    const runner = join("node_modules", "@pulumi", "pulumi", "cmd", "run-plugin", "index.js");
    await program(runner);
    await mkdir(plugin);
    expect(pluginArguments(plugin, ["127.0.0.1:1"])).toEqual([join(root, runner), plugin, "127.0.0.1:1"]);
    expect(() => pluginArguments("/nowhere", [])).toThrow(/SDK has not been installed/);
  });

  it("is with what the engine sets; a value may have equals signs", () => {
    expect(environmentOf(["A=1", "B=x=y", "C="])).toEqual({ A: "1", B: "x=y", C: "" });
  });

  it("is not with packages missing: those that Node would not find from there", async () => {
    const dependencies = { near: "1", above: "1", absent: "1" };
    await pack({ name: "plugin", dependencies }, "plugin");
    await pack({ name: "near", version: "1.0.0" }, "plugin", "node_modules", "near");
    await pack({ name: "above", version: "1.0.0" }, "node_modules", "above");
    expect(await missingDependencies(join(root, "plugin"))).toEqual(["absent"]);
  });
});
