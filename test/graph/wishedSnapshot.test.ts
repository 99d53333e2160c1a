import { chmodSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Output } from "@pulumi/pulumi";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { parseArguments } from "../../components/procedure/arguments";
import type { HostedRestoreArgs } from "../../components/restore/restoreArgs";
import { bytesContent, fileContent } from "../../store/content";
import { DirectoryStore } from "../../store/directoryStore";
import { putBackup } from "../../store/putBackup";
import { componentScene } from "../support/componentScene";
import { type MockEngine, startMockEngine } from "../support/mockEngine";
import { newManifest } from "../support/storedBackups";
import { kubernetesRecords, writeSnapshot } from "../support/testSnapshot";
import { Scene } from "../unit/access/scene";

const scene = componentScene();
afterAll(() => scene.remove());
const place = join(scene.directory, "store");
const members = [0, 1, 2].map((n) => `kube-etcd-${n}`);
const results: Record<string, unknown> = {
  "restore-preflight": { nodes: Object.fromEntries(members.map((member) => [member, "node-a"])) },
};

/** @returns the snapshot's path */
async function put(time: string, maps: number): Promise<string> {
  const { readSnapshotFacts } = await import("../../components/admission/snapshotFacts.js");
  const path = writeSnapshot(scene.directory, "put.db", { records: kubernetesRecords(maps) });
  const { sizeBytes, sha256, revision } = await readSnapshotFacts(path);
  const manifest = newManifest({ time, sha256, bytes: sizeBytes });
  const whole = { ...manifest, etcd: { ...manifest.etcd, revision } };
  return (await putBackup(new DirectoryStore(place), fileContent(path), bytesContent(""), whole)).snapshot;
}

let older: string;
let newer: string;
beforeAll(async () => {
  older = await put("2026-11-26T02:00:00.000Z", 3);
  newer = await put("2026-11-27T02:00:00.000Z", 4);
});

/** Declares a restore. @param kept what the state has for it; undefined: nothing yet */
async function declare(snapshot: string, kept?: string): Promise<MockEngine> {
  const engine = await startMockEngine(({ type, name, inputs }) =>
    type === "pulumi:index:Stash"
      ? { output: kept ?? inputs.input }
      : { stdout: JSON.stringify(results[name] ?? {}), stderr: "" },
  );
  const { HostedRestore } = await import("../../components/restore/hostedRestore.js");
  const cluster = { name: "uc1", adminKubeconfig: scene.kubeconfig };
  const args = { cluster, utilityImage: "example/etcd-util:1", id: "night-1", snapshot, store: place };
  const restore = new HostedRestore("restore", args);
  await new Promise((resolve) => restore.restorePlan.apply(resolve));
  await engine.settled();
  return engine;
}
const pathOf = (engine: MockEngine) => {
  const guard = engine.registrations.find(({ name }) => name === "restore-guard");
  const environment = guard?.inputs.environment as Record<string, string> | undefined;
  const text = environment?.ETCD_RECOVERY_ARGUMENTS;
  return parseArguments(text).request.snapshot?.path;
};
const stashOf = (engine: MockEngine) =>
  engine.registrations.filter(({ type }) => type === "pulumi:index:Stash");

it("latest is chosen and kept: its later values are not looked at", async () => {
  const engine = await declare("latest");
  expect(pathOf(engine)).toBe(newer);
  const [stash, ...more] = stashOf(engine);
  expect(more).toEqual([]);
  expect(stash).toMatchObject({ inputs: { input: newer }, ignoreChanges: ["input"] });
  expect(stash?.name).toMatch(/^restore-snapshot-night-1-[0-9a-f]{8}$/);
});

it("before a time is another choice, kept under another name", async () => {
  const engine = await declare("before:2026-11-27T00:00:00Z");
  expect(pathOf(engine)).toBe(older);
  expect(stashOf(engine)[0]?.name).not.toBe(stashOf(await declare("latest"))[0]?.name);
});

it("what the state has is restored, although a newer backup was taken since", async () => {
  expect(pathOf(await declare("latest", older))).toBe(older);
});

it("what it needs is marked for the pruner by an update, and by no preview", async () => {
  const marks = () => readdirSync(dirname(older)).filter((name) => name.endsWith(".restore"));
  for (const mark of marks()) rmSync(join(dirname(older), mark));
  vi.spyOn(pulumi.runtime, "isDryRun").mockReturnValue(true);
  await declare("latest", older);
  expect(marks()).toEqual([]);
  vi.restoreAllMocks();
  await declare("latest", older);
  expect(marks()).toEqual([expect.stringMatching(/^\d{4}-\d{2}-\d{2}-night-1\.restore$/)]);
});

it("a store that takes no mark is restored from all the same, with a word", async () => {
  const warn = vi.spyOn(pulumi.log, "warn");
  onTestFinished(() => chmodSync(place, 0o700));
  chmodSync(place, 0o755);
  await declare("latest", newer);
  expect(warn.mock.calls.join("\n")).toContain(
    "a pruner may remove this backup before the restore is finished",
  );
  vi.restoreAllMocks();
});

describe("a restore that has begun", () => {
  const admin = new Scene();
  afterAll(() => admin.end());
  const chosen = async (ledger: Record<string, string>, past?: Record<string, string>) => {
    const server = await admin.serve((request, response) => {
      const name = /\/configmaps\/(etcd-recovery[-a-z0-9]*)$/.exec(request.url ?? "")?.[1];
      const data = name === "etcd-recovery" ? ledger : name === "etcd-recovery-night-1" ? past : undefined;
      response.writeHead(data === undefined ? 404 : 200, { "content-type": "application/json" });
      const status = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotFound", code: 404 };
      response.end(
        JSON.stringify(data === undefined ? status : { metadata: { name, resourceVersion: "1" }, data }),
      );
    });
    await startMockEngine(({ inputs }) => ({ output: inputs.input }));
    const { withChosenSnapshot } = await import("../../components/restore/wishedSnapshot.js");
    const cluster = { name: "uc1", adminKubeconfig: admin.kubeconfig(server) };
    const args = { cluster, utilityImage: "i:1", id: "night-1", snapshot: "latest", store: place };
    const { wishedRestore } = await import("../../components/restore/decideRestore.js");
    const { snapshot } = withChosenSnapshot<HostedRestoreArgs>("restore", args, undefined, (values) =>
      wishedRestore("HostedRestore restore", values),
    );
    return new Promise((resolve) => (snapshot as Output<string>).apply(resolve));
  };
  const begun = () => {
    const { snapshot } = JSON.parse(readFileSync(join(dirname(older), "manifest.json"), "utf8"));
    return { id: "night-1", phase: "staged", snapshot: `${snapshot.plain.sha256}` };
  };

  it("goes on with what its ledger says, also where the state is lost", async () => {
    expect(await chosen(begun())).toBe(older);
  });

  it("finds its ledger behind that of a later restore", async () => {
    expect(await chosen({ id: "other", phase: "open" }, begun())).toBe(older);
  });

  it.each<[string, Record<string, string>]>([
    ["is another's", { id: "other", phase: "staged", snapshot: "0".repeat(64) }],
    ["was undone", { id: "night-1", phase: "undone", snapshot: "0".repeat(64) }],
    ["knows no snapshot yet", { id: "night-1", phase: "open" }],
  ])("chooses now where the ledger %s", async (_, ledger) => {
    expect(await chosen(ledger)).toBe(newer);
  });
});

it("a path is no choice, and nothing is kept of it", async () => {
  const engine = await startMockEngine(() => ({ stdout: "{}", stderr: "" }));
  const { withChosenSnapshot } = await import("../../components/restore/wishedSnapshot.js");
  const args = {
    cluster: { name: "uc1", adminKubeconfig: "k" },
    utilityImage: "i:1",
    id: "r",
    snapshot: "./latest",
  };
  const never = () => {
    throw new Error("nothing is to be chosen");
  };
  expect(withChosenSnapshot("restore", args, undefined, never)).toBe(args);
  expect(engine.registrations).toEqual([]);
});
