import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FakeGcs } from "../../lab/gcs/fakeGcs";
import { type GateCertificate, makeCertificate } from "../../lab/gcs/gateCertificate";
import { RoleGate } from "../../lab/gcs/roleGate";
import { provideTools } from "../../lab/tools/provideTools";
import { isComplete, listBackups } from "../../store/backups";
import { GcsStore } from "../../store/gcsStore";
import { type Right, rights, type VaultRole } from "../../vault/declare/identities";
import { agentEnded, agentRun, audience, bundledAgent, clusterTokens, subjects } from "../support/gatedAgent";
import { scratchDirectory } from "../support/testSnapshot";
import { disturbingProxy, TlsEtcd } from "../support/tlsEtcd";

describe("the agent's program with a bucket behind what enforces its rights", () => {
  const scratch = scratchDirectory();
  const { token, jwks } = clusterTokens();
  let etcd: TlsEtcd;
  let fake: FakeGcs;
  let certificate: GateCertificate;
  let gate: RoleGate;

  let program: string;

  beforeAll(async () => {
    program = bundledAgent(scratch);
    const tools = await provideTools({ only: ["etcd", "etcdctl"] });
    [etcd, fake] = await Promise.all([
      TlsEtcd.start({ etcd: tools.path("etcd"), etcdctl: tools.path("etcdctl") }, join(scratch, "etcd"), 1),
      FakeGcs.start(scratch),
    ]);
    await etcd.ctl("put", "/k/1", "x");
    certificate = makeCertificate(join(scratch, "tls"), ["127.0.0.1"]);
    gate = await RoleGate.start(fake.url, "127.0.0.1", certificate, { jwks, subjects, audience });
  }, 900_000);
  afterAll(async () => {
    await gate?.stop();
    await fake?.stop();
    await etcd?.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  const agent = async (role: VaultRole, changes: object = {}, { by = gate, seconds = 600 } = {}) =>
    agentRun({ scratch, program, token, certificate, etcd }, role, by, changes, seconds);
  const ended = agentEnded;
  const storedIn = (bucket: string) => new GcsStore(bucket, "etcd", { endpoint: fake.url }).list("");

  it("stores a backup by the uploader's identity, which can neither list nor read", async () => {
    const bucket = await fake.bucket();
    const { exitCode, last } = await ended(
      await agent("uploader", { store: `gs://${bucket}/etcd`, generation: "7" }),
    );
    expect(last).toMatchObject({ act: "backup", done: true });
    expect(exitCode).toBe(0);
    const found = await listBackups(new GcsStore(bucket, "etcd", { endpoint: fake.url }));
    expect(found.filter(isComplete)).toHaveLength(1);
    expect(gate.refusals).toContainEqual(
      expect.objectContaining({ role: "uploader", permission: "storage.objects.list" }),
    );
    const other = await ended(await agent("pruner", { store: `gs://${bucket}/etcd` }));
    expect(other).toMatchObject({
      exitCode: 1,
      last: { error: expect.stringContaining("may not be written") },
    });
  });

  it("attacks the bucket: all is refused to the uploader, and an uploader that may delete is found out", async () => {
    const bucket = await fake.bucket();
    const store = `gs://${bucket}/etcd`;
    const { exitCode, last } = await ended(await agent("uploader", { store }), "probe");
    expect(last).toMatchObject({ act: "probe", done: true, outcome: "refused" });
    expect(exitCode).toBe(0);
    expect(last.attempts).toEqual(
      (["overwrite", "shorten-retention", "delete"] as const).map((attack) => ({
        ...{ attack, isRefused: true },
        sentence: expect.stringMatching(/uploader does not have storage\.objects\.(delete|update) access/),
      })),
    );
    expect((await storedIn(bucket)).map(({ key }) => key)).toEqual([expect.stringMatching(/^probe\/uc1\//)]);
    const tooMuch: Right = { role: "uploader", name: "x", permissions: ["storage.objects.delete"] };
    const federation = { jwks, subjects, audience };
    const lax = await RoleGate.start(fake.url, "127.0.0.1", certificate, federation, {
      rights: [...rights, tooMuch],
    });
    try {
      const open = await ended(await agent("uploader", { store }, { by: lax }), "probe");
      expect(open).toMatchObject({ exitCode: 1, last: { done: false, outcome: "open" } });
      expect(open.last.attempts.map(({ isRefused }: { isRefused: boolean }) => isRefused)).toEqual([
        false,
        true,
        false,
      ]);
    } finally {
      await lax.stop();
    }
  });

  it("proves nothing by an identity that cannot create, nor against a directory", async () => {
    const store = `gs://${await fake.bucket()}/etcd`;
    const unable = await ended(await agent("pruner", { store }), "probe");
    expect(unable).toMatchObject({
      exitCode: 1,
      last: { error: expect.stringContaining("may not be written") },
    });
    const directory = await ended(await agent("uploader", { store: scratch }), "probe");
    expect(directory).toMatchObject({
      exitCode: 3,
      last: { error: expect.stringContaining("is a directory") },
    });
  });

  it("says how the backups stand, to Cloud Monitoring too, by an identity that reads no snapshot", async () => {
    const store = `gs://${await fake.bucket()}/etcd`;
    await ended(await agent("uploader", { store }));
    const bodies: string[] = [];
    const monitoring = createServer(async (incoming, outgoing) => {
      let text = "";
      for await (const chunk of incoming) text += chunk;
      bodies.push(text);
      outgoing.end("{}");
    });
    await new Promise<void>((done) => monitoring.listen(0, "127.0.0.1", done));
    const endpoint = `http://127.0.0.1:${(monitoring.address() as AddressInfo).port}`;
    const run = await agent("watcher", { store, monitoring: { project: "backups-1", endpoint } });
    const { exitCode, last } = await ended(run, "watch");
    monitoring.close();
    expect(last).toMatchObject({ act: "watch", cluster: "uc1", done: true, project: "backups-1" });
    expect(exitCode).toBe(0);
    const told = Object.fromEntries(
      last.samples.map(({ metric, value }: { metric: string; value: number }) => [metric, value]),
    );
    expect(told.etcd_backup_age_seconds).toBeLessThan(60);
    expect(told.etcd_backup_duration_seconds).toBeGreaterThan(0);
    expect(bodies.map((text) => JSON.parse(text).timeSeries.length)).toEqual([last.samples.length]);
    const silent = await ended(await agent("uploader", { store }), "watch");
    expect(silent).toMatchObject({
      exitCode: 1,
      last: { error: expect.stringContaining("may not be read") },
    });
  });

  it("a token that has expired stores nothing, and says so", async () => {
    const bucket = await fake.bucket();
    const run = await agent("uploader", { store: `gs://${bucket}/etcd` }, { seconds: -1 });
    const { exitCode, last } = await ended(run);
    expect(last.error).toContain(
      "was not exchanged for one of Google's: the token has expired (invalid_grant)",
    );
    expect(exitCode).toBe(1);
    expect(await storedIn(bucket)).toEqual([]);
  });

  it("ended by SIGTERM in the middle it leaves neither backup nor spool", async () => {
    const bucket = await fake.bucket();
    for (let n = 0; n < 60; n++) await etcd.ctl("put", `/big/${n}`, "x".repeat(90_000));
    const slow = await disturbingProxy(etcd.tlsPort(0), 1 << 20, "stall");
    const members = [{ name: "m0", url: `https://127.0.0.1:${slow.port}` }];
    const { argv, env, spool } = await agent("uploader", { store: `gs://${bucket}/etcd`, members });
    const child = spawn(process.execPath, argv, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    for await (const line of child.stderr) if (String(line).includes("snapshot-begins")) break;
    child.kill("SIGTERM");
    const code = await new Promise((done) => child.once("exit", done));
    slow.stop();
    expect(code).toBe(143);
    expect(readdirSync(spool)).toEqual([]);
    expect(await storedIn(bucket)).toEqual([]);
  });

  it("a full spool is a sentence, and stores nothing", async () => {
    const bucket = await fake.bucket();
    const disk = join(scratch, "disk");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]);
    try {
      const run = await agent("uploader", { store: `gs://${bucket}/etcd`, spool: join(disk, "spool") });
      const { exitCode, last } = await ended(run);
      expect(last.error).toMatch(/^spool: the disk is full/);
      expect(exitCode).toBe(1);
      expect(readdirSync(join(disk, "spool"))).toEqual([]);
    } finally {
      execFileSync("umount", [disk]);
    }
    expect(await storedIn(bucket)).toEqual([]);
  });
});
