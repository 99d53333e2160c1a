import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { AgeIdentities } from "../../../store/age/identities";
import type { MachineName } from "../../lab";
import { formatSeconds } from "../../progress";
import { fillNamespace, shops } from "../businessObjects";
import { dumpKeys, type KeyDump } from "../keyDump";
import { storeDirectory } from "../scene";
import { withScratchEtcd } from "../scratchEtcd";
import { awaitQuiet } from "../settling";
import { describeFiles, listFiles, type MachineFiles } from "./machineFiles";
import type { MachineScene } from "./machineScene";
import { rewrittenMachineKeys } from "./rewrittenMachineKeys";

/** What a backup holds, and how the machines were when it was taken. */
export interface BackedUp {
  /** Path of the encrypted snapshot; the encrypted keys of each machine and the manifest lie beside it. */
  readonly snapshot: string;
  /** What opens all of it: `AGE-SECRET-KEY-1…`. */
  readonly identity: string;
  /** The file with it, of mode 0600; it goes with the demo. */
  readonly identityFile: string;
  readonly keys: KeyDump;
  readonly pki: ReadonlyMap<MachineName, MachineFiles>;
  /** Every path on machines and jump host, before any connection was made. */
  readonly files: ReadonlyMap<MachineName, ReadonlySet<string>>;
}

/** Fills the cluster with what a restore must bring back. Nothing of it runs: Pods have no node to go to. */
export async function fill(scene: MachineScene): Promise<void> {
  const { account, lab, options, api } = scene;
  for (const worker of lab.machines.filter((name) => name.startsWith("node-")))
    await lab.kubectl(["cordon", worker]);
  const load = await lab.load({ objects: options.objects, ownCluster: true });
  await Promise.all(shops.map((name) => fillNamespace(api, name)));
  const kinds = Object.keys(load.byKind).length;
  account.say(
    `${load.objects} objects of ${kinds} kinds in ${formatSeconds(load.seconds)}; namespaces ${shops.join(" and ")} with 64 objects each`,
  );
}

/** Takes a backup by `pulumi up`, of data and keys, and reads every key of the snapshot by an etcd of its own. */
export async function backUp(scene: MachineScene): Promise<BackedUp> {
  const { account, lab, stacks, machines } = scene;
  account.say("waiting until the controllers have nothing left to do");
  await awaitQuiet(scene.etcdctl, rewrittenMachineKeys);
  const files = await listEverywhere(scene);
  const identity = await generateIdentity();
  const identityFile = join(scene.directory, "identity.age");
  await writeFile(identityFile, identity, { mode: 0o600 });
  await stacks.create("backup", {
    ...{ operation: "backup", "backup.generation": "1", "backup.directory": storeDirectory(scene) },
    "backup.recipients[0]": await identityToRecipient(identity),
  });
  account.say("pulumi up --stack backup");
  const { seconds } = await stacks.must(["up", "--yes", "--skip-preview"]);
  const pki = new Map<MachineName, MachineFiles>();
  for (const machine of machines) pki.set(machine, await describeFiles(lab, machine));
  const snapshot = String(await stacks.output("snapshot"));
  account.figure("whole pulumi up", `${seconds.toFixed(1)} s`);
  account.say(snapshot);
  for (const machine of machines)
    account.say(
      `${join(dirname(snapshot), `pki-${machine}.tar.age`)}  (${pki.get(machine)?.size} files of keys)`,
    );
  const identities = await AgeIdentities.read(identityFile, "identity");
  const keys = await withScratchEtcd(lab.toolsDirectory, snapshot, dumpKeys, identities);
  account.figure(
    "keys in it",
    String(keys.keys.size),
    `revision ${keys.revision}, read by an etcd booted on it`,
  );
  return { snapshot, identity, identityFile, keys, pki, files };
}

/** Paths on machines and jump host. */
export async function listEverywhere({
  lab,
  reached,
}: MachineScene): Promise<Map<MachineName, ReadonlySet<string>>> {
  const listed = new Map<MachineName, ReadonlySet<string>>();
  for (const machine of reached) listed.set(machine, await listFiles(lab, machine));
  return listed;
}
