import { waitFor, waitUntil } from "../../waiting";
import { hashesOf, type MemberState } from "../controlPlane";
import { dumpKeys } from "../keyDump";
import { type KeyReport, keyReport, tellKeys } from "../keyReport";
import { compareKeys } from "../keys";
import { describeFiles, differingFiles, pkiDirectory } from "./machineFiles";
import type { MachineScene } from "./machineScene";
import type { BackedUp } from "./prologue";
import { rewrittenMachineKeys, staticPodNames } from "./rewrittenMachineKeys";

/** Waits until every kubelet has told the API server of its static Pods again: it does so within a minute. */
export async function awaitMirrorPods({ lab, machines }: MachineScene): Promise<void> {
  const names = machines.flatMap((machine) => staticPodNames.map((name) => `pod/${name}-${machine}`));
  await waitUntil({ what: "the static Pods to be told of", timeoutSeconds: 180 }, async () => {
    const asked = ["get", "pods", "--namespace=kube-system", "-o", "name"];
    const { stdout } = await lab.kubectl(asked, { reject: false });
    return names.every((name) => stdout.split("\n").includes(name));
  });
}

/** Compares every key of the restored cluster with the snapshot. */
export async function proveKeys(scene: MachineScene, { keys }: BackedUp): Promise<KeyReport> {
  const live = await dumpKeys(scene.etcdctl);
  const compared = compareKeys(keys.keys, live.keys, rewrittenMachineKeys);
  tellKeys(scene.account, compared);
  return keyReport(compared);
}

/** Waits until every member says the same hash of the same revision, and returns what each says. */
export async function proveMembers({
  account,
  etcdctl,
  etcdctlTo,
  machines,
}: MachineScene): Promise<MemberState[]> {
  const list = await etcdctl(["member", "list", "-w", "json"]);
  const { members } = JSON.parse(list) as { members: { name: string; clientURLs: string[] }[] };
  const nameOf = (endpoint: string) =>
    members.find(({ clientURLs }) => clientURLs.includes(endpoint))?.name ?? endpoint;
  const endpoints = members.flatMap(({ clientURLs }) => clientURLs.slice(0, 1));
  const states = await waitFor({ what: "all members to say their hash", timeoutSeconds: 60 }, () =>
    hashesOf(etcdctlTo(endpoints), nameOf),
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
