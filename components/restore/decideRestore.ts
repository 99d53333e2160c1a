import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { admitSnapshot } from "../admission/admission";
import { readEtcdutl } from "../admission/etcdutlFile";
import type { Overrides } from "../admission/overrides";
import { checkArguments } from "../config/argumentsCheck";
import type { RestoreConfig } from "../config/configSchema";
import { clusterKeys, decideCluster } from "../hosted/decideCluster";
import type { Values } from "../hosted/decided";
import { openReader } from "../hosted/hostedReader";
import { advise } from "../preview/advise";
import { describeChanges } from "../preview/changesText";
import { type RestoreChanges, restoreChanges } from "../preview/restoreChanges";
import { localSnapshot } from "./localSnapshot";
import type { HostedRestoreArgs } from "./restoreArgs";
import { planHostedRestore, type RestorePlan } from "./restorePlan";
import type { WishedRestore } from "./wishedSnapshot";

/** What is known before the first step of a restore. */
export interface DecidedRestorePlan {
  readonly plan: RestorePlan;
  /** What it does to the cluster's objects; undefined of a roll-back, whose data nobody has read. */
  readonly changes: RestoreChanges | undefined;
}

/**
 * Everything that is asked before a restore makes anything: its arguments, the kubeconfigs, the snapshot and whose it
 * is, and, for a preview, what `pulumi up` would refuse.
 *
 * @throws UserError
 */
export async function decideRestore(
  component: string,
  args: Values<HostedRestoreArgs>,
): Promise<DecidedRestorePlan> {
  const { utilityImage } = args;
  const { config, cluster } = checkedRestore(component, args);
  const { id, snapshot, rollback, clusterUid, reason, etcdutl, replicas, identityFile } = config.restore;
  const overrides = overridesOf(config);
  const task = {
    cluster,
    id,
    utilityImage,
    overrides,
    ...(clusterUid === undefined ? {} : { clusterUid }),
    ...(reason === undefined ? {} : { reason }),
    ...(etcdutl === undefined ? {} : { etcdutl: await readEtcdutl(resolve(etcdutl)) }),
    ...(replicas === undefined ? {} : { replicas }),
  };
  if (rollback !== undefined) {
    const plan = planHostedRestore({ ...task, rollback });
    await advise(plan);
    return { plan, changes: undefined };
  }
  const { warnings, newest, ...admitted } = await admitSnapshot(
    await localSnapshot(snapshot ?? "", identityFile),
    task,
  );
  for (const warning of warnings) void pulumi.log.warn(`restore.snapshot: ${warning}`);
  const plan = planHostedRestore({ ...task, ...admitted });
  const compared = {
    id,
    open: () => openReader(cluster, "preview"),
    snapshot: admitted.snapshot.path,
    allowUnhashed: overrides.allowUnhashed === true,
    ...(newest === undefined ? {} : { newestBackup: newest }),
  };
  const [changes] = await Promise.all([announced(compared), advise(plan)]);
  return { plan, changes };
}

/** The arguments and the kubeconfigs, checked. @throws UserError */
function checkedRestore(component: string, args: Values<HostedRestoreArgs>) {
  const { cluster: named, utilityImage, ...restore } = args;
  const keys = { operation: "restore", ...clusterKeys(named), utilityImage, restore };
  const config = checkArguments(component, keys) as RestoreConfig;
  return { config, cluster: decideCluster(config, named) };
}

/** What `latest` and `before:…` are chosen for. @throws UserError */
export function wishedRestore(component: string, args: Values<HostedRestoreArgs>): WishedRestore {
  const { config, cluster } = checkedRestore(component, args);
  const { id, snapshot, store } = config.restore;
  return { cluster: cluster.name, id, snapshot, store, openLedger: () => openReader(cluster, "restore") };
}

/** What the restore will do to the cluster's objects, said before anybody is asked for a yes. */
export async function announced(restore: Parameters<typeof restoreChanges>[0]): Promise<RestoreChanges> {
  const changes = await restoreChanges(restore);
  void pulumi.log.info(describeChanges(changes));
  return changes;
}

export function overridesOf({
  restore,
  allowInsecure,
}: Pick<RestoreConfig, "allowInsecure"> & {
  readonly restore: Pick<
    RestoreConfig["restore"],
    "allowVersion" | "allowKubernetesVersion" | "allowEncryption" | "allowRole" | "allowUnhashed"
  >;
}): Overrides {
  const { allowVersion, allowKubernetesVersion, allowEncryption, allowRole, allowUnhashed } = restore;
  const all = {
    allowVersion,
    allowKubernetesVersion,
    allowEncryption,
    allowRole,
    allowUnhashed,
    allowInsecure,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
