import { afterAll, describe, expect, it } from "vitest";
import { checkConfig } from "../../components/config/configCheck";
import { componentScene } from "../support/componentScene";
import { startMockEngine } from "../support/mockEngine";

const scene = componentScene();
afterAll(() => scene.remove());

const schedules = {
  image: "registry.example/etcd-recovery-agent:0.1.0",
  clusters: [{ name: "uc1", certificates: "kube-etcd-certs-1a2b" }],
  prune: {},
};
const federation = {
  issuer: "https://cluster.example",
  jwks: JSON.stringify({ keys: [{ kty: "RSA", kid: "a", n: "AQAB", e: "AQAB" }] }),
  ...{ uploader: "uc1/uc1-etcd-backup", pruner: "uc1/uc1-etcd-prune" },
};
const vault = { project: "backups-1", bucket: "etcd-vault", location: "europe-west3", federation };

/** Stands for what Google and Kubernetes give. */
function outputsOf({ type, name }: { type: string; name: string }): Record<string, string> {
  return type.startsWith("gcp:") ? { email: `${name}@backups-1.iam`, name: `projects/7/${name}` } : {};
}

async function declare(more: object) {
  const engine = await startMockEngine(outputsOf as never);
  const { declareStack } = await import("../../components/stack.js");
  const { output } = await import("@pulumi/pulumi");
  const all = { operation: "backup", cluster: "uc1", adminKubeconfig: scene.kubeconfig, ...more };
  const outputs = declareStack(checkConfig(all));
  await new Promise((resolve) => output(outputs.schedules as object).apply(resolve));
  await engine.settled();
  const dataOf = (name: string) =>
    engine.registrations.find((one) => one.name === name)?.inputs.data as Record<string, string> | undefined;
  return { engine, outputs, dataOf };
}

describe("a backup stack with schedules", () => {
  it("sends them into its vault, each task by its own identity, kept as the vault says", async () => {
    const { engine, outputs, dataOf } = await declare({ backup: { schedules }, vault });
    expect(Object.keys(outputs).sort()).toEqual(["schedules", "vault"]);
    const settings = JSON.parse(dataOf("backups-uc1-settings")?.["settings.json"] ?? "");
    expect(settings).toMatchObject({
      store: "gs://projects/7/vault-bucket",
      keep: "hourly=24,daily=7,weekly=5,monthly=12,yearly=3",
    });
    for (const [task, role] of [
      ["backup", "uploader"],
      ["prune", "pruner"],
    ])
      expect(dataOf(`backups-uc1-${task}-credentials`)?.["credentials.json"]).toContain(
        `vault-${role}@backups-1.iam`,
      );
    // what takes one backup from this machine is not there
    expect(engine.registrations.filter(({ type }) => type === "command:local:Command")).toEqual([]);
  });

  it("writes how they stand where its vault's alerts look, by the vault's own watcher", async () => {
    const watched = {
      ...vault,
      monitoring: { channels: ["projects/backups-1/notificationChannels/7"] },
      federation: { ...federation, watcher: "uc1/uc1-etcd-watch" },
    };
    const { engine, outputs, dataOf } = await declare({
      backup: { schedules: { ...schedules, watch: {} } },
      vault: watched,
    });
    const settings = JSON.parse(dataOf("backups-uc1-settings")?.["settings.json"] ?? "");
    expect(settings.monitoring).toEqual({ project: "backups-1" });
    expect(dataOf("backups-uc1-watch-credentials")?.["credentials.json"]).toContain(
      "vault-watcher@backups-1.iam",
    );
    const policies = engine.registrations.filter(({ type }) => type.endsWith(":AlertPolicy"));
    expect(policies.map(({ name }) => name)).toContain("vault-alert-age");
    const { rpoMinutes } = outputs.schedules as { rpoMinutes: { promise(): Promise<number> } };
    expect(await rpoMinutes.promise()).toBe(60);
  });

  it("takes one from this machine as well, where it is told to", async () => {
    const one = { generation: "1", directory: `${scene.directory}/store` };
    const volume = { claim: "etcd-backups" };
    const scheduled = { ...schedules, prune: { keep: "daily=7" }, volume };
    const { engine, outputs } = await declare({ backup: { ...one, schedules: scheduled } });
    expect(Object.keys(outputs).sort()).toEqual(["manifest", "revision", "schedules", "snapshot"]);
    expect(engine.registrations.map(({ name }) => name)).toContain("backup-capture");
  });

  it.each([
    [{}, "backup.generation: is required"],
    [{ generation: "1" }, "backup.directory: is required"],
    [{ directory: "/b", schedules }, "backup.generation: is required"],
    [{ schedules: { ...schedules, schedule: "hour" } }, "backup.schedules.schedule: must be hourly"],
    [{ schedules: { ...schedules, clusters: [] } }, "backup.schedules.clusters: "],
  ])("refuses %j", (backup, sentence) => {
    const all = { operation: "backup", cluster: "uc1", adminKubeconfig: scene.kubeconfig, backup };
    expect(() => checkConfig(all)).toThrow(sentence);
  });
});
