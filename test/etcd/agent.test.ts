import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import execa from "execa";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type AgentSettings, parseAgentSettings } from "../../agent/agentSettings";
import { runBackup } from "../../agent/backup";
import { runDrill } from "../../agent/drill";
import { withLocalSnapshot } from "../../components/restore/localSnapshot";
import { provideTools, type Tools } from "../../lab/tools/provideTools";
import { verifySnapshot } from "../../snapshot";
import { AgeIdentities } from "../../store/age/identities";
import { fingerprint } from "../../store/age/recipients";
import { isComplete, listBackups } from "../../store/backups";
import { DirectoryStore } from "../../store/directoryStore";
import { readKeyList } from "../../store/keyList";
import { plainCopy } from "../../store/plainCopy";
import { verifyBackup } from "../../store/verifyBackup";
import { MemoryStore } from "../support/memoryStore";
import { scratchDirectory } from "../support/testSnapshot";
import { disturbingProxy, TlsEtcd } from "../support/tlsEtcd";

const KEYS = 80;

describe("the agent with a real etcd", () => {
  const scratch = scratchDirectory();
  let tools: Tools;
  let etcd: TlsEtcd;

  beforeAll(async () => {
    tools = await provideTools({ only: ["etcd", "etcdctl", "etcdutl"] });
    vi.stubEnv(
      "PATH",
      `${resolve(tools.path("etcd"), "..")}:${resolve(tools.path("etcdutl"), "..")}:${process.env.PATH}`,
    );
    etcd = await TlsEtcd.start(
      { etcd: tools.path("etcd"), etcdctl: tools.path("etcdctl") },
      join(scratch, "etcd"),
    );
    // incompressible: what is cut in the middle must be longer than what a network holds
    for (let n = 0; n < KEYS; n++) await etcd.ctl("put", `/k/${n}`, randomBytes(60_000).toString("hex"));
  }, 900_000);
  afterAll(async () => {
    vi.unstubAllEnvs();
    await etcd?.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  const settingsOf = (changes: Partial<AgentSettings> = {}): AgentSettings => {
    const run = mkdtempSync(join(scratch, "run-"));
    const { members, tls } = etcd;
    const own = { format: 1, cluster: "uc1", profile: "gdc-kubeception", members, tls };
    const places = { store: join(run, "store"), spool: join(run, "spool") };
    return parseAgentSettings(JSON.stringify({ ...own, ...places, ...changes }), "settings.json");
  };
  const events: string[] = [];
  const options = { toolVersion: "9.9.9", say: (event: string) => void events.push(event) };

  it("stores what etcd holds, packed, and leaves nothing on the spool", async () => {
    const settings = settingsOf();
    const result = await runBackup(settings, options);
    expect(result).toMatchObject({
      encoding: "zstd",
      revision: `${KEYS + 1}`,
      member: expect.stringMatching(/^m\d$/),
    });
    expect(result.storedBytes).toBeLessThan(result.bytes * 0.7);
    expect(readdirSync(settings.spool)).toEqual([]);
    const store = new DirectoryStore(settings.store);
    const [backup] = (await listBackups(store)).filter(isComplete);
    if (backup === undefined) throw new Error("no backup");
    expect(backup.manifest).toMatchObject({ formatVersion: 3, toolVersion: "9.9.9", cluster: "uc1" });
    expect(await verifyBackup(store, backup)).toBeUndefined();
    const keys = [];
    for await (const { key } of readKeyList(store, backup)) keys.push(key);
    expect(keys).toHaveLength(KEYS);
    const plain = await plainCopy(result.snapshot, join(settings.spool, "plain"));
    expect(plain.path).toMatch(/snapshot\.db$/);
    expect(await verifySnapshot(plain.path)).toMatchObject({
      valid: true,
      sha256: backup.manifest.snapshot.plain.sha256,
    });
    const restored = join(scratch, "restored");
    await execa(tools.path("etcdutl"), ["snapshot", "restore", plain.path, "--data-dir", restored]);
    await plain.remove();
  });

  it("takes a generation once", async () => {
    const settings = settingsOf({ generation: "7" });
    const store = new MemoryStore();
    const first = await runBackup(settings, { ...options, store });
    const second = await runBackup(settings, { ...options, store });
    expect(second.path).toBe(first.path);
    expect(store.written).toHaveLength(3);
    expect(store.written.at(-1)).toMatch(/manifest\.json$/);
  });

  it.each(["cut", "stall"] as const)("a stream that is %s in the middle is no backup", async (how) => {
    const proxies = await Promise.all([0, 1, 2].map((n) => disturbingProxy(etcd.tlsPort(n), 3 << 20, how)));
    const members = proxies.map(({ port }, n) => ({ name: `m${n}`, url: `https://127.0.0.1:${port}` }));
    const settings = settingsOf({ members, stallSeconds: 2 });
    const store = new MemoryStore();
    try {
      const said = { cut: /m\d \(https:.*Snapshot failed/, stall: /nothing moved for 2 s/ }[how];
      await expect(runBackup(settings, { ...options, store })).rejects.toThrow(said);
    } finally {
      for (const { stop } of proxies) stop();
    }
    expect(store.written).toEqual([]);
    expect(readdirSync(settings.spool)).toEqual([]);
    await runBackup({ ...settings, members: [...etcd.members] }, { ...options, store });
  });

  it("a store that ends after each write in turn has no backup until its manifest is there", async () => {
    for (const writes of [0, 1, 2]) {
      const store = new MemoryStore();
      store.dieAfter = writes;
      await expect(runBackup(settingsOf(), { ...options, store })).rejects.toThrow("killed");
      expect((await listBackups(store)).filter(isComplete)).toEqual([]);
    }
  });

  it("another cluster's identity is refused", async () => {
    const store = new MemoryStore();
    const settings = settingsOf({ kubeSystemUid: "7c0ffee0-0000-4000-8000-000000000001" });
    await expect(runBackup(settings, { ...options, store })).rejects.toThrow(
      /holds no Namespace kube-system/,
    );
    expect(store.written).toEqual([]);
  });

  it("members that are down count: without a quorum no snapshot is taken", async () => {
    const [one] = settingsOf().members;
    const dead = [1, 2].map((n) => ({ name: `dead-${n}`, url: "https://127.0.0.1:1" }));
    const settings = settingsOf({ members: [...(one === undefined ? [] : [one]), ...dead] });
    const run = runBackup(settings, { ...options, store: new MemoryStore() });
    await expect(run).rejects.toThrow("members: only 1 of 3 members are healthy");
  });

  const program = (settings: AgentSettings, act: string) => {
    const file = join(settings.store, "..", "settings.json");
    writeFileSync(file, JSON.stringify(settings));
    const main = resolve(__dirname, "../../agent/main.ts");
    return { argv: ["--import", "tsx", main, act, "--settings", file] };
  };

  it("killed in the middle it leaves nothing that counts, and the next run of the program succeeds", async () => {
    const slow = await Promise.all([0, 1, 2].map((n) => disturbingProxy(etcd.tlsPort(n), 3 << 20, "stall")));
    const members = slow.map(({ port }, n) => ({ name: `m${n}`, url: `https://127.0.0.1:${port}` }));
    const settings = settingsOf({ metricsFile: join(scratch, "agent.prom") });
    const child = spawn(process.execPath, program({ ...settings, members }, "backup").argv, {
      stdio: ["ignore", "ignore", "pipe"],
    });
    for await (const line of child.stderr) if (String(line).includes("snapshot-begins")) break;
    await vi.waitFor(() => expect(readdirSync(settings.spool)).toHaveLength(1), 5000);
    child.kill("SIGKILL");
    for (const { stop } of slow) stop();
    const { stdout } = await execa(process.execPath, program(settings, "backup").argv);
    const last = JSON.parse(stdout.split("\n").at(-1) ?? "");
    expect(last).toMatchObject({ schemaVersion: 1, act: "backup", done: true, encoding: "zstd" });
    expect(readdirSync(settings.spool)).toEqual([]);
    expect((await listBackups(new DirectoryStore(settings.store))).map(({ state }) => state)).toEqual([
      "complete",
    ]);
    expect(readFileSync(join(scratch, "agent.prom"), "utf8")).toContain(
      'etcd_backup_run_success{cluster="uc1",act="backup"} 1',
    );
  });

  it("encrypted to recipients it is opened by an identity of theirs alone", async () => {
    const identity = await generateIdentity();
    const recipients = [await identityToRecipient(identity)];
    const [mine, other] = [join(scratch, "mine.age"), join(scratch, "other.age")];
    writeFileSync(mine, identity);
    writeFileSync(other, await generateIdentity());
    const settings = settingsOf({ recipients });
    const result = await runBackup(settings, options);
    expect(result.snapshot).toMatch(/snapshot\.db\.zst\.age$/);
    const store = new DirectoryStore(settings.store);
    const [backup] = (await listBackups(store)).filter(isComplete);
    if (backup === undefined) throw new Error("no backup");
    const prints = recipients.map(fingerprint);
    expect(backup.manifest).toMatchObject({ formatVersion: 4, recipients: prints });
    vi.stubEnv("XDG_CACHE_HOME", join(scratch, "age-cache"));
    const local = (identityFile: string | undefined) =>
      withLocalSnapshot({ id: "r1", snapshot: result.snapshot, identityFile }, async ({ path, readable }) => {
        expect(path).toBe(result.snapshot);
        return verifySnapshot(readable);
      });
    for (const [file, says] of [
      [undefined, "no identity is given"],
      [other, "other.age holds"],
    ] as const) {
      await expect(local(file)).rejects.toThrow(says);
      const drill = { ...settings, ...(file === undefined ? {} : { identityFile: file }) };
      await expect(runDrill(drill, options)).rejects.toThrow(says);
    }
    expect((await listBackups(store))[0]?.drill).toBeUndefined();
    expect(await verifyBackup(store, backup)).toBeUndefined();
    const identities = await AgeIdentities.read(mine, "--identity-file");
    expect(await verifyBackup(store, backup, identities)).toBeUndefined();
    const keys = [];
    for await (const { key } of readKeyList(store, backup, identities)) keys.push(key);
    expect(keys).toHaveLength(KEYS);
    expect(await local(mine)).toMatchObject({ sha256: backup.manifest.snapshot.plain.sha256 });
    expect(readdirSync(join(scratch, "age-cache/etcd-recovery/snapshots"))).toEqual([]);
    const drill = await runDrill({ ...settings, identityFile: mine }, options);
    expect(drill).toMatchObject({ outcome: "passed", keys: KEYS });
  });

  it("a drill passes; of a backup that was damaged since, it fails with a sentence, and the catalog has both", async () => {
    const store = new MemoryStore();
    const settings = settingsOf();
    await runBackup(settings, { ...options, store });
    const passed = await runDrill(settings, { ...options, store });
    expect(passed).toMatchObject({ outcome: "passed", keys: KEYS, revision: `${KEYS + 1}` });
    const [backup] = await listBackups(store);
    expect(backup?.drill).toMatchObject({ outcome: "passed", hashKv: passed.hashKv });
    const key =
      [...store.objects.keys()].find((one) => one.endsWith(".zst") && one.includes("snapshot")) ?? "";
    const bytes = Buffer.from(store.objects.get(key) ?? "");
    bytes.writeUInt8(bytes.readUInt8(5000) ^ 1, 5000);
    store.objects.set(key, bytes);
    await new Promise((later) => setTimeout(later, 1100));
    const failed = await runDrill(settings, { ...options, store });
    expect(failed).toMatchObject({
      outcome: "failed",
      sentence: expect.stringMatching(/snapshot\.db\.zst has SHA-256/),
    });
    expect((await listBackups(store))[0]?.drill?.outcome).toBe("failed");
    expect(readdirSync(settings.spool)).toEqual([]);
  });
});
