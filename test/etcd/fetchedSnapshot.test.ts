import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { forgetFetched } from "../../automation/step/forgetFetched";
import type { LedgerRecord } from "../../components/procedure/ledgerRecord";
import { announced } from "../../components/restore/admittedRestore";
import { type LocalSnapshot, withLocalSnapshot } from "../../components/restore/localSnapshot";
import { FakeGcs } from "../../lab/gcs/fakeGcs";
import { listBackups } from "../../store/backups";
import { fetchSnapshot } from "../../store/fetchSnapshot";
import { openStore } from "../../store/openStore";
import { putSealedBackup } from "../support/sealedBackup";
import { putBackups } from "../support/storedBackups";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../support/testSnapshot";

/** What a restore brings from a bucket: how it lies here, and when it goes. */
const scratch = scratchDirectory();
let fake: FakeGcs;
let taken: string;
let identityFile: string;
let recipients: string[];
let cache: string;
beforeAll(async () => {
  fake = await FakeGcs.start(scratch);
  vi.stubEnv("ETCD_RECOVERY_GCS_ENDPOINT", fake.url);
  taken = writeSnapshot(scratch, "s.db", { records: kubernetesRecords(20) });
  const identity = await generateIdentity();
  recipients = [await identityToRecipient(identity)];
  identityFile = join(scratch, "mine.age");
  writeFileSync(identityFile, identity, { mode: 0o600 });
}, 600_000);
beforeEach(() => {
  const home = mkdtempSync(join(scratch, "home-"));
  cache = join(home, "etcd-recovery/snapshots");
  vi.stubEnv("XDG_CACHE_HOME", home);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await fake?.stop();
  rmSync(scratch, { recursive: true });
});

const left = () => (existsSync(cache) ? readdirSync(cache) : []);
const sealed = async (machines: readonly string[] = []) =>
  putSealedBackup(await fake.store("etcd"), taken, { recipients, machines });
const restored = <T>(snapshot: string, use: (local: LocalSnapshot) => Promise<T>, id = "night-1") =>
  withLocalSnapshot({ id, snapshot, identityFile }, use);

describe("a backup in a bucket", () => {
  it("is brought here with its manifest, once, readable by its owner alone", async () => {
    const store = await fake.store("team-a");
    const data = "a".repeat(4);
    const [key = ""] = await putBackups(store, { time: "2026-11-27T01:02:03.000Z" });
    const into = { cache, id: "night-1" };
    const address = `${store.location}/${key}`;
    const path = await fetchSnapshot(address, into);
    expect(path).toBe(join(cache, `night-1-${"a".repeat(12)}`, "snapshot.db"));
    expect(readFileSync(path, "utf8")).toBe("data");
    expect(JSON.parse(readFileSync(join(dirname(path), "manifest.json"), "utf8")).cluster).toBe("uc1");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    writeFileSync(path, data);
    expect(await fetchSnapshot(`${address}/snapshot.db`, into)).toBe(path);
    expect(readFileSync(path, "utf8")).toBe(data);
  });

  it("is refused when it is not there, incomplete, or no backup's address", async () => {
    const store = await fake.store();
    const [key = ""] = await putBackups(store, { time: "2026-11-27T01:02:03.000Z" });
    const fetched = (address: string) => fetchSnapshot(address, { cache, id: "night-1" });
    await expect(fetched(`${store.location}/${key.replace("aaaa", "bbbb")}`)).rejects.toThrow(/is not there/);
    await expect(fetched(`${store.location}/v1/uc1`)).rejects.toThrow(/is not the address of a backup/);
    await store.remove(`${key}/manifest.json`);
    await expect(fetched(`${store.location}/${key}`)).rejects.toThrow(/is incomplete: it has no manifest/);
    expect(left()).toEqual([]);
  });

  it("stays encrypted here, with the bundles of machines; in plain it is while it is read", async () => {
    const address = await sealed(["cp-1", "cp-2"]);
    const path = await restored(address, async (local) => {
      expect(readFileSync(local.readable).equals(readFileSync(taken))).toBe(true);
      expect(local.identityFile).toBe(identityFile);
      return local.path;
    });
    const bundles = ["pki-cp-1.tar.age", "pki-cp-2.tar.age"];
    expect(readdirSync(dirname(path)).sort()).toEqual(["manifest.json", ...bundles, "snapshot.db.zst.age"]);
    expect(left()).toEqual([dirname(path).slice(cache.length + 1)]);
    const stored = readFileSync(path);
    expect(stored.subarray(0, 21).toString()).toBe("age-encryption.org/v1");
    rmSync(join(dirname(path), "pki-cp-2.tar.age"));
    await restored(address, async () => undefined);
    expect(existsSync(join(dirname(path), "pki-cp-2.tar.age"))).toBe(true);
  });
});

describe("goes", () => {
  const record = (phase: string, sha256: string) =>
    ({ id: "night-1", phase, snapshot: sha256 }) as unknown as LedgerRecord;
  /** What a step does at its end, whose ledger says this. */
  const ended = async (past: LedgerRecord | undefined | Error) => {
    const said: string[] = [];
    const ask = async () => {
      if (past instanceof Error) throw past;
      return past;
    };
    await forgetFetched({ id: "night-1", past: ask }, (line) => void said.push(line));
    return said;
  };
  const fetchedFor = async (id: string) => {
    const path = await restored(await sealed(), async (local) => local.path, id);
    return JSON.parse(readFileSync(join(dirname(path), "manifest.json"), "utf8")).snapshot.plain.sha256;
  };

  it.each(["finished", "undone"])(
    "with the restore that it was fetched for, when that is %s",
    async (phase) => {
      const sha256 = await fetchedFor("night-1");
      await fetchedFor("night-2");
      expect(await ended(record(phase, sha256))).toEqual([]);
      expect(left()).toEqual([`night-2-${sha256.slice(0, 12)}`]);
    },
  );

  it.each(["open", "staged", "swapped", "committed", "undoing"])("not while that is %s", async (phase) => {
    const sha256 = await fetchedFor("night-1");
    await ended(record(phase, sha256));
    expect(left()).toEqual([`night-1-${sha256.slice(0, 12)}`]);
  });

  it("not when the ledger says nothing of it, or cannot be asked", async () => {
    const sha256 = await fetchedFor("night-1");
    await ended(undefined);
    await ended(record("finished", ""));
    expect(await ended(new Error("nobody answers"))).toEqual([
      `warning: the fetched snapshot could not be removed from ${cache}: nobody answers`,
    ]);
    expect(left()).toEqual([`night-1-${sha256.slice(0, 12)}`]);
  });

  it.each([
    ["finished", false],
    ["staged", true],
    ["committed", true],
  ])("again after a run that found the restore %s", async (phase, stays) => {
    const address = await sealed();
    await restored(address, async (local) => {
      const copy = { place: "p", version: "v", fields: { id: "night-1", phase } };
      const ledger = { read: async () => [copy], past: async () => ({ ...copy, fields: undefined }) };
      const etcd = { run: async () => Promise.reject(new Error("no etcd")) };
      const reader = { members: ["m"], etcd, ledger, close: () => undefined };
      const compared = { id: "night-1", open: async () => reader, snapshot: local.readable };
      await announced({ ...compared, allowUnhashed: false }, local);
    });
    expect(left()).toHaveLength(stays ? 1 : 0);
    const [backup] = await listBackups(openStore(`${address.split("/v1/")[0]}`, "store"), "uc1");
    expect(backup?.held).toEqual(stays ? expect.stringMatching(/^restore night-1 needed it on /) : undefined);
  });
});
