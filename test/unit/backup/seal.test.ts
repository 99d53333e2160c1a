import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type BackupArguments,
  isBackupArguments,
  parseBackupArguments,
} from "../../../components/backup/backupArguments";
import { performBackupStep } from "../../../components/backup/backupSteps";
import { Captured } from "../../../components/backup/captured";
import { AgeIdentities } from "../../../store/age/identities";
import { fingerprint } from "../../../store/age/recipients";
import { isComplete, listBackups } from "../../../store/backups";
import { bytesOf } from "../../../store/content";
import { DirectoryStore } from "../../../store/directoryStore";
import { placeOf } from "../../../store/layout";
import type { BackupManifest } from "../../../store/manifest";
import { plainBytes } from "../../../store/plainCopy";
import { verifyBackup } from "../../../store/verifyBackup";
import {
  KUBE_SYSTEM_UID,
  kubernetesRecords,
  scratchDirectory,
  writeSnapshot,
} from "../../support/testSnapshot";
import { FakeSource } from "./fakeSource";

const told: BackupArguments = {
  format: 1,
  operation: "backup",
  substrate: { kind: "hosted" },
  cluster: "uc1",
  profile: "gdc-kubeception",
  generation: "1",
  directory: "/store",
  podDirectory: "/tmp",
  saveSeconds: 20,
};

const plainOf = (path: string, identities?: AgeIdentities) => bytesOf(plainBytes(path, identities), 1 << 24);

describe("the steps of a backup", () => {
  const scratch = scratchDirectory();
  let snapshot: string;
  let directory: string;
  let source: FakeSource;
  let lines: string[];
  const run = (name: string, more: Partial<BackupArguments> = {}) =>
    performBackupStep(
      name,
      { ...told, directory, ...more },
      { toolVersion: "9.9.9", say: (line) => lines.push(line), open: async () => source },
    );
  const captured = () => Captured.of(directory, "uc1", "1");

  beforeAll(() => {
    snapshot = writeSnapshot(scratch, "s.db", { records: kubernetesRecords(3) });
  });
  afterAll(() => rmSync(scratch, { recursive: true }));
  beforeEach(() => {
    directory = join(mkdtempSync(join(scratch, "run-")), "store");
    source = new FakeSource(snapshot);
    lines = [];
  });

  it("take nothing that was captured of another cluster, or for another generation", async () => {
    const pairs = [
      ["uc1-a", "1", "uc1", "a-1"],
      ["uc1", "before 1.34", "uc1", "before-1-34"],
    ] as const;
    for (const [cluster, generation, other, otherGeneration] of pairs) {
      directory = join(mkdtempSync(join(scratch, "run-")), "store");
      await run("capture", { cluster: other, generation: otherGeneration });
      const seal = run("seal", { cluster, generation });
      await expect(seal).rejects.toThrow(
        "holds no captured snapshot. pulumi config set --path backup.generation ANOTHER; pulumi up",
      );
      await run("seal", { cluster: other, generation: otherGeneration });
      const sealed = await listBackups(new DirectoryStore(directory));
      expect(sealed.map((one) => one.cluster)).toEqual(["uc1"]);
    }
  });

  it("end with a snapshot and its manifest in the store, and nothing beside it", async () => {
    source.uid = KUBE_SYSTEM_UID;
    expect(await run("capture")).toMatchObject({ member: "kube-etcd-1" });
    const sealed = (await run("seal")) as { snapshot: string; manifest: string; revision: string };
    expect(sealed.revision).toBe("5");
    expect(sealed.snapshot).toMatch(/\/snapshot\.db\.zst$/);
    expect((await plainOf(sealed.snapshot)).equals(readFileSync(snapshot))).toBe(true);
    const manifest = JSON.parse(readFileSync(sealed.manifest, "utf8")) as BackupManifest;
    expect(manifest).toMatchObject({
      formatVersion: 3,
      generation: "1",
      toolVersion: "9.9.9",
      kubeSystemUid: KUBE_SYSTEM_UID,
      kubernetesVersion: "v1.33.1",
      etcd: { clusterId: "1", version: "3.6.14", savedFrom: "kube-etcd-1", revision: "5" },
    });
    expect(manifest.etcd.members).toEqual(["kube-etcd-0", "kube-etcd-1", "kube-etcd-2"]);
    expect(existsSync(captured().directory)).toBe(false);
    expect(await run("seal")).toEqual(sealed);
    expect(source.closed).toBe(3);
  });

  it("are encrypted to recipients, list of keys and all, with the fields that the agent writes", async () => {
    const identity = await generateIdentity();
    const recipients = [await identityToRecipient(identity)];
    const file = join(scratch, "mine.age");
    writeFileSync(file, identity);
    await run("capture");
    const sealed = (await run("seal", { format: 4, snapshotRecipients: recipients })) as { snapshot: string };
    expect(sealed.snapshot).toMatch(/\/snapshot\.db\.zst\.age$/);
    const identities = await AgeIdentities.read(file, "--identity-file");
    expect((await plainOf(sealed.snapshot, identities)).equals(readFileSync(snapshot))).toBe(true);
    const store = new DirectoryStore(directory);
    const [backup, ...more] = (await listBackups(store)).filter(isComplete);
    if (backup === undefined || more.length > 0) throw new Error("not one backup");
    expect(backup.manifest).toMatchObject({
      ...{ formatVersion: 4, recipients: recipients.map(fingerprint) },
      keys: { file: "keys.zst.age" },
      snapshot: {
        file: "snapshot.db.zst.age",
        encoding: "zstd",
        plain: { bytes: readFileSync(snapshot).length },
      },
    });
    expect(await verifyBackup(store, backup)).toBeUndefined();
    expect(await verifyBackup(store, backup, identities)).toBeUndefined();
    expect(existsSync(captured().directory)).toBe(false);
  });

  it.each([
    ["the facts say", true],
    ["the file says, of an earlier program", false],
  ])("are as old as the snapshot, however late it is stored: %s", async (_, isTold) => {
    const [earlier, taken] = [Date.now(), new Date("2026-01-02T03:04:05.000Z")];
    await run("capture");
    const facts = captured().fileOf("facts.json");
    const { time, ...others } = JSON.parse(readFileSync(facts, "utf8"));
    expect(Date.parse(time)).toBeGreaterThanOrEqual(earlier);
    writeFileSync(facts, JSON.stringify(isTold ? { ...others, time: taken.toISOString() } : others));
    if (!isTold) utimesSync(captured().snapshot, taken, taken);
    const sealed = (await run("seal")) as { manifest: string };
    expect(JSON.parse(readFileSync(sealed.manifest, "utf8")).time).toBe(taken.toISOString());
    const [backup] = await listBackups(new DirectoryStore(directory));
    expect(backup).toMatchObject({ state: "complete", time: taken.toISOString() });
    // a killed run's objects are in nobody's way, and are not taken for old ones
    expect(Date.parse(placeOf(backup?.key ?? "")?.time ?? "")).toBeGreaterThanOrEqual(earlier - 1000);
  });

  it("store what was captured, though another stack had used the generation before", async () => {
    await run("capture");
    const first = (await run("seal")) as { snapshot: string };
    source = new FakeSource(writeSnapshot(scratch, "later.db", { records: kubernetesRecords(9) }));
    await run("capture");
    const second = (await run("seal")) as { snapshot: string; revision: string };
    expect(second.snapshot).not.toBe(first.snapshot);
    expect(second.revision).toBe("11");
    expect((await listBackups(new DirectoryStore(directory))).map(({ state }) => state)).toEqual([
      "complete",
      "complete",
    ]);
    expect(await run("seal")).toEqual(second);
  });

  it("give the stored one where a run was killed before it forgot what it had captured", async () => {
    await run("capture");
    cpSync(captured().directory, join(directory, "kept"), { recursive: true });
    const sealed = await run("seal");
    cpSync(join(directory, "kept"), captured().directory, { recursive: true });
    expect(await run("seal")).toEqual(sealed);
    expect(existsSync(captured().directory)).toBe(false);
  });

  it("go on where a run was killed while it packed", async () => {
    await run("capture");
    writeFileSync(captured().fileOf("stored"), "half of it");
    const sealed = (await run("seal")) as { snapshot: string };
    expect((await plainOf(sealed.snapshot)).equals(readFileSync(snapshot))).toBe(true);
  });

  it("name a recipient that is none, before anything is stored", async () => {
    await run("capture");
    const sealing = run("seal", { format: 4, snapshotRecipients: ["age1nonsense"] });
    await expect(sealing).rejects.toThrow('backup.recipients: "age1nonsense" is no age recipient');
    expect(await listBackups(new DirectoryStore(directory))).toEqual([]);
  });

  it("defect 15: a user cluster that was silent when it was captured accuses nobody", async () => {
    await run("capture");
    expect(await run("seal")).toMatchObject({ revision: "5" });
    expect(lines.join("\n")).toContain("the snapshot is not compared with it");
  });

  it("defect 15: one that answers later is compared then", async () => {
    await run("capture");
    source.uid = "another";
    await expect(run("seal")).rejects.toThrow(
      `userKubeconfig: its cluster's kube-system has UID another, the snapshot's ${KUBE_SYSTEM_UID}: they are different clusters.`,
    );
    expect(existsSync(captured().snapshot)).toBe(true);
  });

  it("goes on with a kubeconfig that was mended since the capture", async () => {
    source.uid = "another";
    await run("capture");
    await expect(run("seal")).rejects.toThrow("they are different clusters");
    source.uid = KUBE_SYSTEM_UID;
    expect(await run("seal")).toMatchObject({ revision: "5" });
  });

  it("goes on without a kubeconfig for the user cluster", async () => {
    source.user = undefined;
    await run("capture");
    expect(await run("seal")).toMatchObject({ revision: "5" });
    expect(lines.filter((line) => line.includes("userKubeconfig"))).toEqual([]);
  });

  it("seals nothing that was not captured, and knows no other step", async () => {
    await expect(run("seal")).rejects.toThrow("holds no captured snapshot");
    await expect(run("undo")).rejects.toThrow("a backup has no step undo");
    expect(source.closed).toBe(2);
  });
});

describe("the arguments of a backup's step", () => {
  it("are told from a restore's", () => {
    expect(isBackupArguments(JSON.stringify(told))).toBe(true);
    for (const text of ['{"operation":"restore"}', "null", "7", "nonsense", "", undefined])
      expect(isBackupArguments(text)).toBe(false);
  });

  it("are read, and refused when a newer program wrote them", () => {
    expect(parseBackupArguments(JSON.stringify(told))).toEqual(told);
    expect(() => parseBackupArguments(JSON.stringify({ ...told, format: 5, more: true }))).toThrow(
      /have format 5, this program knows up to 4.*npm install etcd-recovery@latest/,
    );
  });

  it.each([
    ["directory", "store"],
    ["store", "/a/directory"],
    ["podDirectory", "/"],
    ["podDirectory", "tmp"],
    ["saveSeconds", 0],
    ["generation", ""],
  ])("are refused with a wrong %s: %s", (field, value) => {
    expect(() => parseBackupArguments(JSON.stringify({ ...told, [field]: value }))).toThrow(`(${field})`);
  });
});
