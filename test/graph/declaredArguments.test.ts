import * as pulumi from "@pulumi/pulumi";
import { afterAll, describe, expect, it } from "vitest";
import {
  FinalizeNodesRestore,
  FinalizeRestore,
  HostedBackup,
  HostedRestore,
  MemberRepair,
  NodesBackup,
  NodesMemberRepair,
  NodesRestore,
  ScheduledBackups,
} from "../../components";
import { checkTaking } from "../../components/backup/taking";
import { needGcp } from "../../vault/declare/gcpPackage";
import { componentScene } from "../support/componentScene";

const scene = componentScene();
afterAll(() => scene.remove());
const hosted = { name: "uc1", adminKubeconfig: scene.kubeconfig };
const machines = [{ name: "cp-1", host: "127.0.0.1", hostKey: "ssh-ed25519 AAAA" }];
const nodes = { name: "uc1", profile: "kubeadm", machines, ssh: { agent: true } };

/** Arguments that each component can be declared with. */
const sound = {
  FinalizeNodesRestore: { cluster: nodes, id: "r2", finalize: "r1" },
  FinalizeRestore: { cluster: hosted, id: "r2", utilityImage: "i:1", finalize: "r1" },
  HostedBackup: { cluster: hosted, generation: "1", directory: "store" },
  HostedRestore: { cluster: hosted, id: "r1", utilityImage: "i:1", snapshot: scene.snapshot },
  MemberRepair: { cluster: hosted, id: "r1", utilityImage: "i:1", member: "kube-etcd-1" },
  NodesBackup: { cluster: nodes, generation: "1", directory: "store", recipients: [] },
  NodesMemberRepair: { cluster: nodes, id: "r1", member: "cp-1" },
  NodesRestore: { cluster: nodes, id: "r1", snapshot: scene.snapshot },
};
type Name = keyof typeof sound;
/** As a program in JavaScript has them. */
const classes = {
  ...{ FinalizeNodesRestore, FinalizeRestore, HostedBackup, HostedRestore },
  ...{ MemberRepair, NodesBackup, NodesMemberRepair, NodesRestore },
} as unknown as Readonly<Record<Name, new (name: string, args: unknown) => unknown>>;
const all = Object.keys(sound) as Name[];
const onMachines: Name[] = ["FinalizeNodesRestore", "NodesRestore"];

/** The sentence that declaring it ends with. */
function refusal(name: Name, args: unknown): string {
  try {
    new classes[name]("one", args);
  } catch (error) {
    expect(pulumi.RunError.isInstance(error), String(error)).toBe(true);
    return (error as Error).message;
  }
  throw new Error("it was declared");
}

describe.each(all)("%s, in a program that no compiler has seen", (name) => {
  it("says that it has no cluster, whatever else there is", () => {
    for (const args of [undefined, {}, { ...sound[name], cluster: null }])
      expect(refusal(name, args)).toMatch(new RegExp(`^${name} one: .*cluster is required`));
    for (const cluster of ["uc1", pulumi.output(hosted)])
      expect(refusal(name, { ...sound[name], cluster })).toMatch(/cluster must be an object/);
  });

  it("takes no argument that it would not heed", () => {
    expect(refusal(name, { ...sound[name], recipient: ["age1x"], other: 1 })).toBe(
      `${name} one: recipient is not an argument of it; other is not an argument of it.`,
    );
  });

  it("takes no output for what decides which resources exist", () => {
    const cluster = { ...sound[name].cluster, profile: pulumi.output("kubeadm") };
    expect(refusal(name, { ...sound[name], cluster })).toBe(
      `${name} one: cluster.profile must not be an output: it decides which resources exist.`,
    );
  });
});

it.each<[Name, object, string]>([
  ["HostedRestore", { snapshot: undefined }, "snapshot or rollback is required"],
  ["NodesRestore", { snapshot: undefined }, "snapshot or rollback is required"],
  ["NodesRestore", { quarantine: [pulumi.output("a")] }, "quarantine must not be an output"],
  ["HostedRestore", { snapshot: undefined, repair: "kube-etcd-1" }, "repair is not an argument of it"],
  ["MemberRepair", { member: undefined }, "member is required"],
  ["MemberRepair", { member: pulumi.output("kube-etcd-1") }, "member must not be an output"],
  ["NodesMemberRepair", { member: undefined }, "member is required"],
  ["FinalizeRestore", { finalize: undefined }, "finalize is required"],
  ["FinalizeNodesRestore", { finalize: undefined }, "finalize is required"],
  ["HostedBackup", { cluster: { ...hosted, members: pulumi.output(5) } }, "cluster.members must not be"],
])("%s %j: %s", (name, changed, said) => {
  expect(refusal(name, { ...sound[name], ...changed })).toContain(said);
});

it.each(onMachines)("%s leaves machines that are none to what every resource waits for", async (name) => {
  const before = process.rawListeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  const refused = new Promise<Error>((done) => process.once("unhandledRejection", (e) => done(e as Error)));
  try {
    await pulumi.runtime.setMocks({ newResource: () => ({ id: "", state: {} }), call: () => ({}) });
    new classes[name]("one", { ...sound[name], cluster: { ...nodes, machines: [null] } });
    expect((await refused).message).toMatch(new RegExp(`^${name} one: cluster\\.machines\\.0 `));
  } finally {
    for (const listener of before) process.on("unhandledRejection", listener as () => void);
  }
});

it("a vault without the package of Google Cloud says which one it needs", () => {
  const absent = () => {
    throw Object.assign(new Error("Cannot find module"), { code: "MODULE_NOT_FOUND" });
  };
  expect(() => needGcp("v", absent)).toThrow(
    new pulumi.RunError(
      "BackupVault v: the package @pulumi/gcp is not installed. npm install @pulumi/gcp",
    ) as Error,
  );
  needGcp("v");
});

it("schedules that are not there are refused in one sentence", () => {
  const Schedules = ScheduledBackups as unknown as new (name: string, args?: unknown) => unknown;
  expect(() => new Schedules("s")).toThrow(/^ScheduledBackups s: schedules/);
  expect(() => new Schedules("s", { retension: {} })).toThrow(
    "s: retension is not an argument of it; schedules",
  );
});

it("how a snapshot is taken is judged before a step is told", () => {
  checkTaking("HostedBackup b", { podDirectory: "/var/tmp", saveSeconds: 1 });
  for (const podDirectory of ["/", "tmp", "/tmp/"])
    expect(() => checkTaking("HostedBackup b", { podDirectory, saveSeconds: 1 })).toThrow(
      /^HostedBackup b: podDirectory must be an absolute path other than the root/,
    );
  for (const saveSeconds of [0, -5, 1.5, "900" as unknown as number])
    expect(() => checkTaking("HostedBackup b", { saveSeconds })).toThrow(/^HostedBackup b: saveSeconds /);
});
