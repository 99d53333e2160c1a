import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Output } from "@pulumi/pulumi";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { parseArguments } from "../../components/procedure/arguments";
import type { LedgerFields } from "../../components/procedure/ledgerStore";
import type { NodesRestoreArgs } from "../../components/restore/nodesRestoreArgs";
import { DirectoryStore } from "../../store/directoryStore";
import { componentScene } from "../support/componentScene";
import { type MockEngine, startMockEngine } from "../support/mockEngine";
import { putSealedBackup } from "../support/sealedBackup";
import { kubernetesRecords, writeSnapshot } from "../support/testSnapshot";

/** Machines take the snapshots that hosted control planes take, and open them with the same keys. */
const scene = componentScene();
const store = new DirectoryStore(join(scene.directory, "store"));
const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGHnipMRH9";
const machines = ["cp-1", "cp-2", "cp-3"];
let privateKey: string;
let identity: string;
let identityFile: string;
let otherFile: string;
let older: string;
let newer: string;

beforeAll(async () => {
  vi.stubEnv("XDG_CACHE_HOME", join(scene.directory, "cache"));
  const file = join(scene.directory, "key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
  privateKey = readFileSync(file, "utf8");
  identity = await generateIdentity();
  [identityFile, otherFile] = [join(scene.directory, "mine.age"), join(scene.directory, "other.age")];
  writeFileSync(identityFile, identity, { mode: 0o600 });
  writeFileSync(otherFile, await generateIdentity(), { mode: 0o600 });
  const recipients = [await identityToRecipient(identity)];
  const snapshot = (maps: number) =>
    writeSnapshot(scene.directory, `${maps}.db`, { records: kubernetesRecords(maps) });
  const common = { cluster: "admin", recipients, machines };
  older = await putSealedBackup(store, snapshot(3), { ...common, time: "2026-11-26T02:00:00.000Z" });
  newer = await putSealedBackup(store, snapshot(4), { ...common, time: "2026-11-27T02:00:00.000Z" });
});
afterAll(() => {
  vi.unstubAllEnvs();
  scene.remove();
});
afterEach(() => vi.stubEnv("ETCD_RECOVERY_AGE_IDENTITY_FILE", undefined));

const argsOf = (more: Partial<NodesRestoreArgs>): NodesRestoreArgs => ({
  cluster: {
    name: "admin",
    profile: "kubeadm",
    // port 1 of this machine refuses connections at once
    machines: machines.map((name, n) => ({ name, host: `127.0.0.${n + 1}`, port: 1, hostKey })),
    ssh: { privateKey },
  },
  id: "night-1",
  reason: "a test",
  quarantine: [],
  ...more,
});

/** @param kept what the state has for the choice; undefined: nothing yet */
async function declare(more: Partial<NodesRestoreArgs>, kept?: string): Promise<MockEngine> {
  const engine = await startMockEngine(({ type, inputs }) =>
    type === "pulumi:index:Stash" ? { output: kept ?? inputs.input } : { stdout: "{}", stderr: "" },
  );
  const { NodesRestore } = await import("../../components/restore/nodesRestore.js");
  const restore = new NodesRestore("restore", argsOf(more));
  await new Promise((resolve) => restore.report.apply(resolve));
  await engine.settled();
  return engine;
}

const requestOf = (engine: MockEngine, name = "restore-guard") => {
  const inputs = engine.registrations.find((one) => one.name === name)?.inputs;
  const environment = inputs?.environment as Record<string, string> | undefined;
  return parseArguments(environment?.ETCD_RECOVERY_ARGUMENTS).request;
};
const plainOf = (snapshot: string): { sha256: string; bytes: number } =>
  JSON.parse(readFileSync(join(dirname(snapshot), "manifest.json"), "utf8")).snapshot.plain;
const stashOf = (engine: MockEngine) =>
  engine.registrations.filter(({ type }) => type === "pulumi:index:Stash");
const decide = async (more: Record<string, unknown>) => {
  await startMockEngine();
  const { decideNodesRestore } = await import("../../components/restore/decideNodesRestore.js");
  return decideNodesRestore("NodesRestore restore", { ...argsOf({}), ...more } as never);
};

describe("an encrypted backup", () => {
  it("lies nowhere in plain when it has been read", async () => {
    await decide({ snapshot: newer, identityFile });
    expect(readdirSync(join(scene.directory, "cache/etcd-recovery/snapshots"))).toEqual([]);
  });

  it("is refused in a sentence without an identity, and with another's", async () => {
    await expect(decide({ snapshot: older })).rejects.toThrow(
      /is encrypted to the age recipients .*no identity is given.*restore\.identityFile/s,
    );
    await expect(decide({ snapshot: older, identityFile: otherFile })).rejects.toThrow(
      /is encrypted to .*other\.age holds.*nothing was changed/s,
    );
  });

  it("is restored as what was in it, its bundles of keys from beside it; what opens it is in no argument and no standard input", async () => {
    const pki = { identity: "AGE-SECRET-KEY-1QQQQ" };
    const engine = await declare({ snapshot: older, identityFile, pki });
    const { sha256, bytes } = plainOf(older);
    const told = { path: older, identityFile, sha256, sizeBytes: bytes };
    expect(requestOf(engine, "restore-cp-1-transfer").snapshot).toMatchObject(told);
    const bundles = requestOf(engine, "restore-cp-1-stage-pki").pki;
    expect(bundles).toMatchObject({ directory: dirname(older), bundles: [{}, {}, {}] });
    // each step that needs it reads the file itself
    for (const { inputs, name } of engine.registrations)
      expect(JSON.stringify(inputs), name).not.toContain(identity);
  });

  it("is opened by what the environment names, too", async () => {
    vi.stubEnv("ETCD_RECOVERY_AGE_IDENTITY_FILE", identityFile);
    const { plan } = await decide({ snapshot: newer });
    expect(plan.request.snapshot?.sha256).toBe(plainOf(newer).sha256);
  });
});

describe("latest and before", () => {
  it("latest is chosen and kept, and restored from then on", async () => {
    const engine = await declare({ snapshot: "latest", store: store.location, identityFile });
    expect(stashOf(engine)).toMatchObject([{ inputs: { input: newer }, ignoreChanges: ["input"] }]);
    expect(requestOf(engine).snapshot?.sha256).toBe(plainOf(newer).sha256);
    const later = await declare({ snapshot: "latest", store: store.location, identityFile }, older);
    expect(requestOf(later).snapshot?.sha256).toBe(plainOf(older).sha256);
  });

  it("before a time is another choice", async () => {
    const engine = await declare({ snapshot: "before:2026-11-27", store: store.location, identityFile });
    expect(stashOf(engine)[0]?.inputs).toMatchObject({ input: older });
    expect(requestOf(engine).snapshot?.sha256).toBe(plainOf(older).sha256);
  });

  it("another cluster's backups are not looked at", async () => {
    await startMockEngine(({ inputs }) => ({ output: inputs.input }));
    const { chooseNow } = await import("../../components/restore/wishedSnapshot.js");
    const openLedger = async () => Promise.reject(new Error("nobody answers"));
    const wished = { cluster: "cp-other", id: "r", snapshot: "latest", store: store.location, openLedger };
    await expect(chooseNow(wished)).rejects.toThrow(/has no backup of cp-other/);
  });
});

/** Each machine has a copy of the ledger. */
describe("a restore that has begun on machines", () => {
  const chosen = async (...copies: readonly (LedgerFields | undefined)[]) => {
    await startMockEngine();
    const { chooseNow } = await import("../../components/restore/wishedSnapshot.js");
    const copyOf = (fields: LedgerFields | undefined) => ({ place: "p", fields, version: "v" });
    const close = vi.fn();
    const ledger = { read: async () => copies.map(copyOf), past: async () => copyOf(undefined) };
    const address = await chooseNow({
      cluster: "admin",
      ...{ id: "night-1", snapshot: "latest", store: store.location },
      openLedger: async () => ({ ledger, close }),
    });
    expect(close).toHaveBeenCalledOnce();
    return address;
  };
  const begun = (phase: string): LedgerFields => ({
    id: "night-1",
    phase,
    snapshot: plainOf(older).sha256,
  });

  it.each<[string, () => (LedgerFields | undefined)[], () => string]>([
    [
      "goes on with what one copy says, where the others know of nothing yet",
      () => [undefined, begun("open")],
      () => older,
    ],
    [
      "chooses anew where it was undone on one machine",
      () => [begun("staged"), begun("undone")],
      () => newer,
    ],
    ["chooses now where all copies are another's", () => [{ ...begun("staged"), id: "other" }], () => newer],
    ["chooses now where no machine has one", () => [undefined, undefined], () => newer],
  ])("%s", async (_, copies, expected) => {
    expect(await chosen(...copies())).toBe(expected());
  });
});

it("a choice is an output of the stack, plain text alone", async () => {
  await startMockEngine(({ inputs }) => ({ output: inputs.input }));
  const { withChosenSnapshot } = await import("../../components/restore/wishedSnapshot.js");
  const { wishedNodesRestore } = await import("../../components/restore/decideNodesRestore.js");
  const args = argsOf({ snapshot: "latest", store: store.location });
  const { snapshot, ...others } = withChosenSnapshot<NodesRestoreArgs>("restore", args, undefined, (values) =>
    wishedNodesRestore("NodesRestore restore", values),
  );
  expect(others).not.toHaveProperty("store");
  expect(await new Promise((resolve) => (snapshot as Output<string>).apply(resolve))).toBe(newer);
});
