import { join } from "node:path";
import { expect, it } from "vitest";
import type { User } from "./user";

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

/** What Pulumi makes of the plugin's directory, for other languages. */
export function schemaIsProven(user: User): void {
  it("is read by Pulumi's analyzer, for programs in other languages", async () => {
    const plugin = join(user.installed.directory, "plugin");
    const { exitCode, stdout, stderr } = await user.installed.run("node", ["-e", analyze, plugin]);
    expect(exitCode, stderr).toBe(0);
    const { resources, types } = JSON.parse(stdout) as Schema;
    expect(Object.keys(resources).sort()).toEqual(
      [
        "FinalizeNodesRestore",
        "FinalizeRestore",
        "HostedBackup",
        "HostedRestore",
        "MemberRepair",
        "NodesMemberRepair",
        "NodesRestore",
      ].map((name) => `etcd-recovery:index:${name}`),
    );
    const { inputProperties, requiredInputs, properties } =
      resources["etcd-recovery:index:HostedRestore"] ?? {};
    expect(requiredInputs?.toSorted()).toEqual(["cluster", "id", "utilityImage"]);
    expect(inputProperties?.snapshot).toMatchObject({ type: "string", description: expect.any(String) });
    expect(Object.keys(properties ?? {}).sort()).toEqual(["report", "restorePlan"]);
    expect(Object.keys(types)).toContain("etcd-recovery:index:HostedClusterArgs");
  });
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
