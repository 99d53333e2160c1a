import { readdir } from "node:fs/promises";
import type { MachineName } from "../../lab";
import { waitFor } from "../../waiting";
import { hashesOf, type MemberState } from "../controlPlane";
import { dumpKeys } from "../keyDump";
import { type KeyReport, keyReport, tellKeys } from "../keyReport";
import { compareKeys } from "../keys";
import { addedPaths, describeFiles, differingFiles, pkiDirectory } from "./machineFiles";
import type { MachineScene } from "./machineScene";
import { type BackedUp, listEverywhere } from "./prologue";
import { rewrittenMachineKeys } from "./rewrittenMachineKeys";

/** Where the ledger stays, so that the restore can be told from others later (docs/reference/machines.md). */
const stateDirectory = "/etc/kubernetes/etcd-recovery";

/** Compares every key of the restored cluster with the snapshot. */
export async function proveKeys(scene: MachineScene, { keys }: BackedUp): Promise<KeyReport> {
  const live = await dumpKeys(scene.etcdctl);
  const compared = compareKeys(keys.keys, live.keys, rewrittenMachineKeys);
  tellKeys(scene.account, compared);
  return keyReport(compared);
}

/** Waits until every member says the same hash of the same revision, and returns what each says. */
export async function proveMembers({ account, etcdctl, machines }: MachineScene): Promise<MemberState[]> {
  const list = await etcdctl(["member", "list", "-w", "json"]);
  const { members } = JSON.parse(list) as { members: { name: string; clientURLs: string[] }[] };
  const nameOf = (endpoint: string) =>
    members.find(({ clientURLs }) => clientURLs.includes(endpoint))?.name ?? endpoint;
  const endpoints = members.flatMap(({ clientURLs }) => clientURLs.slice(0, 1));
  const states = await waitFor({ what: "all members to say their hash", timeoutSeconds: 60 }, () =>
    hashesOf((argv) => etcdctl([`--endpoints=${endpoints.join(",")}`, ...argv]), nameOf),
  );
  const hashes = new Set(states.map(({ hashKV }) => hashKV));
  account.check(
    hashes.size === 1 && states.length === machines.length,
    `hashKV ${[...hashes].join(", ")} on ${states.map(({ name }) => name).join(", ")}`,
  );
  return states;
}

/** Says which keys and certificates are not, in bytes, modes and owners, as when the backup was taken. */
export async function provePki(
  { account, lab, machines }: MachineScene,
  { pki }: BackedUp,
): Promise<string[]> {
  const differing: string[] = [];
  for (const machine of machines) {
    const before = pki.get(machine) ?? new Map();
    const paths = differingFiles(before, await describeFiles(lab, machine));
    account.check(
      paths.length === 0,
      `${machine}:${pkiDirectory}: ${before.size} files, directories and links; ${paths.length} differ from the backup in bytes, mode or owner`,
    );
    differing.push(...paths.map((path) => `${machine}:${path}`));
  }
  return differing;
}

/** What was not there before the backup: what is documented to stay, and what is not. */
export async function proveNothingLeft(
  scene: MachineScene,
  { files }: BackedUp,
): Promise<{ readonly leftBehind: string[]; readonly kept: string[] }> {
  const { account, stacks } = scene;
  const added = [...(await listEverywhere(scene))].flatMap(([machine, paths]) =>
    addedPaths(pathsOf(files, machine), paths).map((path) => ({ machine, path })),
  );
  const named = (some: typeof added) => some.map(({ machine, path }) => `${machine}:${path}`);
  const kept = named(added.filter(({ path }) => path === stateDirectory));
  const temporary = (await readdir(stacks.temporaryDirectory)).map((name) => `operator:${name}`);
  const leftBehind = [...named(added.filter(({ path }) => path !== stateDirectory)), ...temporary];
  account.check(
    leftBehind.length === 0,
    `left on ${scene.reached.join(", ")} and here: ${leftBehind.join(", ") || "nothing"} (the ledger stays: ${kept.join(", ")})`,
  );
  return { leftBehind, kept };
}

const pathsOf = (files: BackedUp["files"], machine: MachineName) => files.get(machine) ?? new Set<string>();
