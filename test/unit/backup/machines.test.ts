import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { Decrypter, generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { BackupSource } from "../../../components/backup/backupSource";
import { performBackupStep } from "../../../components/backup/backupSteps";
import { warningsOf } from "../../../components/backup/expiry";
import { isComplete, listBackups } from "../../../store/backups";
import { openStore } from "../../../store/openStore";
import { verifyBackup } from "../../../store/verifyBackup";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";
import { FakeSource } from "./fakeSource";

const DAY = 86_400_000;

describe("a backup of machines", () => {
  const scratch = scratchDirectory();
  let snapshot: string;
  let identity: string;
  let recipients: string[];
  let directory: string;
  let certificate: string;
  let lines: string[];
  let tars: number;

  beforeAll(async () => {
    snapshot = writeSnapshot(scratch, "s.db", { records: kubernetesRecords(3) });
    identity = await generateIdentity();
    recipients = [await identityToRecipient(identity)];
    const files = ["-keyout", join(scratch, "k"), "-out", join(scratch, "c.crt")];
    const subject = ["-nodes", "-days", "20", "-subj", "/CN=kube-apiserver"];
    execFileSync("openssl", ["req", "-x509", "-newkey", "ed25519", ...files, ...subject], {
      stdio: "ignore",
    });
    certificate = readFileSync(join(scratch, "c.crt"), "utf8");
  });
  afterAll(() => rmSync(scratch, { recursive: true }));
  beforeEach(() => {
    directory = mkdtempSync(join(scratch, "store-"));
    lines = [];
    tars = 0;
  });

  function sourceOf(changes: Partial<BackupSource> = {}): BackupSource {
    const fake = new FakeSource(snapshot);
    return {
      ...{ members: fake.members, etcd: fake.etcd, user: undefined, place: "admin", look: "look" },
      saved: async () => Readable.from([readFileSync(snapshot)]),
      pki: {
        bundle: async (member) => {
          tars += 1;
          return Readable.from([Buffer.from(`tar of ${member}: the private key`)]);
        },
        unfit: (member) => (member === "kube-etcd-1" ? "it has no ca.crt" : undefined),
        certificates: async () =>
          new Map([
            ["/etc/kubernetes/pki/apiserver.crt", certificate],
            ["/etc/kubernetes/pki/empty.crt", ""],
          ]),
      },
      read: () => {
        throw new Error("nothing is fetched");
      },
      remove: () => Promise.reject(new Error("nothing is removed")),
      close: () => undefined,
      ...changes,
    };
  }

  const run = (step: "capture" | "seal", source = sourceOf(), to: readonly string[] = recipients) =>
    performBackupStep(
      step,
      {
        ...{ format: 3, operation: "backup", substrate: { kind: "nodes" }, cluster: "admin" },
        ...{ profile: "kubeadm", generation: "1", directory, podDirectory: "/tmp", saveSeconds: 5 },
        ...(to.length === 0 ? {} : { recipients: [...to] }),
      },
      { toolVersion: "1", say: (line) => lines.push(line), open: async () => source },
    );

  it("holds the snapshot and, for its recipients alone, every machine's keys", async () => {
    await run("capture");
    const staged = join(directory, ".staging", "admin-1");
    expect(readdirSync(staged).filter((name) => name.startsWith("pki-"))).toHaveLength(3);
    for (const name of readdirSync(staged)) {
      expect(statSync(join(staged, name)).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(staged, name)).includes("the private key")).toBe(false);
    }
    await run("seal");
    const store = openStore(directory, "test");
    const [backup] = (await listBackups(store)).filter(isComplete);
    if (backup?.manifest.formatVersion !== 3) throw new Error("no backup");
    expect(await verifyBackup(store, backup)).toBeUndefined();
    const { pki } = backup.manifest;
    expect(pki?.bundles.map(({ machine }) => machine)).toEqual(["kube-etcd-0", "kube-etcd-1", "kube-etcd-2"]);
    const file = join(directory, backup.key, `${pki?.bundles[1]?.file}`);
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    expect(await decrypter.decrypt(readFileSync(file), "text")).toBe("tar of kube-etcd-1: the private key");
    expect(pki?.certificates).toHaveLength(3);
    expect(pki?.certificates[0]).toMatchObject({
      ...{ machine: "kube-etcd-0", path: "/etc/kubernetes/pki/apiserver.crt", subject: "CN=kube-apiserver" },
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(lines.filter((line) => line.includes("would not put them back"))).toEqual([
      "warning: machine kube-etcd-1: its keys are in the backup, but a restore would not put them back: it has no ca.crt",
    ]);
    expect(lines.filter((line) => /apiserver.crt ends in (19|20) days/.test(line))).toHaveLength(3);
  });

  it("that has lost a bundle is no whole one", async () => {
    await run("capture");
    await run("seal");
    const store = openStore(directory, "test");
    const [backup] = await listBackups(store);
    rmSync(join(directory, `${backup?.key}`, "pki-kube-etcd-2.tar.age"));
    expect(await listBackups(store)).toMatchObject([
      { state: "corrupt", reason: "pki-kube-etcd-2.tar.age is missing" },
    ]);
  });

  it("is refused where nobody is named who can read the keys: nothing is asked of a machine", async () => {
    await expect(run("capture", sourceOf(), [])).rejects.toThrow("backup.recipients: keys of a");
    await expect(run("capture", sourceOf(), ["age1nonsense"])).rejects.toThrow(
      "backup.recipients: age1nonsense is not an age recipient",
    );
    expect(tars).toBe(0);
    expect(readdirSync(join(directory, ".staging", "admin-1"))).toEqual([]);
  });

  it("says of a machine whose keys did not come whole, and keeps nothing of them", async () => {
    const broken = async () =>
      new Readable({
        read() {
          this.push("half");
          this.destroy(new Error("a script on machine cp ended with 2: tar: file changed"));
        },
      });
    const source = sourceOf();
    const pki = { ...(source.pki as NonNullable<typeof source.pki>), bundle: broken };
    await expect(run("capture", sourceOf({ pki }))).rejects.toThrow(
      /machine kube-etcd-\d: its keys and certificates did not come whole: a script/,
    );
    expect(readdirSync(join(directory, ".staging", "admin-1"))).toEqual([]);
    await expect(run("seal")).rejects.toThrow("holds no captured snapshot");
  });
});

describe("certificates that end", () => {
  const now = new Date("2026-11-27T00:00:00Z");
  const ending = (days: number) => ({
    ...{ machine: "cp-1", path: `/pki/${days}.crt`, subject: "CN=a", fingerprint: "" },
    notAfter: new Date(now.getTime() + days * DAY).toISOString(),
  });

  it.each([
    [[31, 365], []],
    [[29], ["machine cp-1: /pki/29.crt ends in 29 days (2026-12-26)"]],
    [[30], []],
    [[1], ["machine cp-1: /pki/1.crt ends in 1 day (2026-11-28)"]],
    [
      [3, -2],
      [
        "machine cp-1: /pki/-2.crt has ended (2026-11-25)",
        "machine cp-1: /pki/3.crt ends in 3 days (2026-11-30)",
      ],
    ],
  ])("in %j days: %j", (days, said) => {
    const lines = warningsOf(days.map(ending), now);
    expect(lines.map((line) => line.replace(": look with kubeadm certs check-expiration", ""))).toEqual(said);
  });
});
