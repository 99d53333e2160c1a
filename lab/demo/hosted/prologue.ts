import { type BackupResult, runBackup } from "../../../automation/driver";
import { formatSeconds } from "../../progress";
import { fillNamespace, shops } from "../businessObjects";
import { dumpKeys, type KeyDump } from "../keyDump";
import { describeProbes, measured, outageSeconds } from "../measured";
import { storeDirectory, updateOptions } from "../scene";
import { withScratchEtcd } from "../scratchEtcd";
import { awaitLeaders, awaitQuiet } from "../settling";
import { clusterSettings, type HostedScene } from "./hostedScene";

/** Fills the user cluster with what a restore must bring back. */
export async function fill(scene: HostedScene): Promise<void> {
  const { account, lab, options, api } = scene;
  const load = await lab.load({ objects: options.objects });
  await Promise.all(shops.map((name) => fillNamespace(api, name)));
  const kinds = Object.keys(load.byKind).length;
  account.say(
    `${load.objects} objects of ${kinds} kinds in ${formatSeconds(load.seconds)}; namespaces ${shops.join(" and ")} with 64 objects each`,
  );
}

/** Measures what a plain restart of the same Pods costs, to compare a restore with. Returns seconds. */
export async function restartPlainly(scene: HostedScene): Promise<number> {
  const { account, controlPlane } = scene;
  account.say("kubectl scale of API servers and etcd to 0, wait until their Pods are gone, and back");
  const { outage } = await measured(scene, () => controlPlane.restartPlainly());
  const seconds = outageSeconds(outage);
  account.figure("outage of a plain restart", `${seconds} s`, describeProbes(outage));
  await controlPlane.awaitAllReady();
  await awaitLeaders(scene.api);
  return seconds;
}

/** Takes a backup by `pulumi up` and reads every key of it by an etcd of its own. */
export async function backUp(
  scene: HostedScene,
): Promise<{ readonly backup: BackupResult; readonly keys: KeyDump }> {
  const { account, cluster, lab } = scene;
  account.say("waiting until the controllers have nothing left to do");
  await awaitQuiet(scene.controlPlane.etcdctl);
  const stack = `backup-${cluster.name}`;
  account.say(`pulumi up --stack ${stack}`);
  const settings = {
    ...clusterSettings(scene),
    backup: { generation: "1", directory: storeDirectory(scene) },
  };
  const backup = await runBackup(settings, updateOptions(scene, stack));
  account.figure("whole pulumi up", `${backup.seconds.toFixed(1)} s`);
  account.say(backup.snapshot);
  const keys = await withScratchEtcd(lab.toolsDirectory, backup.snapshot, (etcdctl) => dumpKeys(etcdctl));
  account.figure(
    "keys in it",
    String(keys.keys.size),
    `revision ${backup.revision}, read by an etcd booted on it`,
  );
  return { backup, keys };
}
