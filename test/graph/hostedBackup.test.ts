import { generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseBackupArguments } from "../../components/backup/backupArguments";
import { parseHostedAccess } from "../../components/hosted/hostedAccess";
import { gdcKubeception } from "../../components/profiles/gdcKubeception";
import { componentScene } from "../support/componentScene";
import { type MockEngine, startMockEngine } from "../support/mockEngine";

const scene = componentScene();
const cluster = { name: "uc1", adminKubeconfig: scene.kubeconfig };
const sealed = { snapshot: "/store/s.db", manifest: "/store/manifest.json", revision: "9007199254740993" };

describe("HostedBackup", () => {
  let engine: MockEngine;
  let outputs: unknown;
  const steps = () => engine.registrations.filter((r) => r.type === "command:local:Command");

  afterAll(() => scene.remove());
  beforeAll(async () => {
    engine = await startMockEngine(({ name }) => ({
      stdout: name === "backup-seal" ? JSON.stringify(sealed) : "{}",
      stderr: "",
    }));
    const { HostedBackup } = await import("../../components/backup/hostedBackup.js");
    const { output } = await import("@pulumi/pulumi");
    const backup = new HostedBackup("backup", {
      ...{ cluster, generation: "night 1", directory: `${scene.directory}/store` },
    });
    const { snapshot, manifest, revision } = backup;
    outputs = await new Promise((resolve) => output({ snapshot, manifest, revision }).apply(resolve));
    await engine.settled();
  });

  it("declares a capture, and a seal after it; each runs once for a generation, none undoes", () => {
    expect(
      steps()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["backup-capture", "backup-seal"]);
    expect([...engine.before("backup-seal")]).toContain("backup-capture");
    for (const { inputs } of steps()) {
      expect(inputs.triggers).toEqual(["night 1"]);
      expect(inputs.delete).toBeUndefined();
    }
  });

  it("gives both what the step program reads: no secret, no path of the package", () => {
    for (const { inputs } of steps()) {
      const { ETCD_RECOVERY_ARGUMENTS: text = "" } = inputs.environment as Record<string, string>;
      const told = parseBackupArguments(text);
      expect(told).toMatchObject({
        cluster: "uc1",
        generation: "night 1",
        podDirectory: "/tmp",
        saveSeconds: 900,
      });
      expect(parseHostedAccess(told.substrate).names).toEqual({ members: 3, profile: gdcKubeception });
      expect(text).not.toContain(process.cwd());
    }
  });

  it("leaves what an older program reads as it was: a bucket alone raises the format", async () => {
    const texts = steps().map(
      ({ inputs }) => (inputs.environment as Record<string, string>).ETCD_RECOVERY_ARGUMENTS,
    );
    expect(texts.map((text) => parseBackupArguments(text))).toMatchObject([{ format: 1 }, { format: 1 }]);
    const other = await startMockEngine(() => ({ stdout: "{}", stderr: "" }));
    const { HostedBackup } = await import("../../components/backup/hostedBackup.js");
    const args = {
      cluster,
      generation: "1",
      directory: `${scene.directory}/store`,
      store: "gs://vault/etcd",
    };
    const backup = new HostedBackup("bucket", args);
    await new Promise((resolve) => backup.snapshot.apply(resolve));
    await other.settled();
    const capture = other.registrations.find(({ name }) => name === "bucket-capture");
    const environment = capture?.inputs.environment as Record<string, string> | undefined;
    expect(parseBackupArguments(environment?.ETCD_RECOVERY_ARGUMENTS)).toMatchObject({
      format: 2,
      store: "gs://vault/etcd",
    });
  });

  it("hands recipients to the seal, in a format that no older program takes for one without", async () => {
    const recipient = await identityToRecipient(await generateIdentity());
    const other = await startMockEngine(() => ({ stdout: "{}", stderr: "" }));
    const { HostedBackup } = await import("../../components/backup/hostedBackup.js");
    const common = { cluster, generation: "1", directory: `${scene.directory}/store` };
    const backup = new HostedBackup("sealed", { ...common, recipients: [recipient] });
    await new Promise((resolve) => backup.snapshot.apply(resolve));
    await other.settled();
    const seal = other.registrations.find(({ name }) => name === "sealed-seal");
    const environment = seal?.inputs.environment as Record<string, string> | undefined;
    const told = parseBackupArguments(environment?.ETCD_RECOVERY_ARGUMENTS);
    expect(told).toMatchObject({ format: 4, snapshotRecipients: [recipient] });
    expect(told.recipients).toBeUndefined();
  });

  it("has the seal's result for outputs", () => {
    expect(outputs).toEqual(sealed);
  });
});
