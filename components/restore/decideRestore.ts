import { resolve } from "node:path";
import { readEtcdutl } from "../admission/etcdutlFile";
import { checkArguments } from "../config/argumentsCheck";
import type { RestoreConfig } from "../config/configSchema";
import type { Values } from "../decided";
import { clusterKeys, decideCluster } from "../hosted/decideCluster";
import { openReader } from "../hosted/hostedReader";
import { advise } from "../preview/advise";
import type { RestoreChanges } from "../preview/restoreChanges";
import { admittedFrom, announced, overridesOf } from "./admittedRestore";
import { withLocalSnapshot } from "./localSnapshot";
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
  return withLocalSnapshot({ id, snapshot: snapshot ?? "", identityFile }, async (local) => {
    const admitted = await admittedFrom(local, task);
    const plan = planHostedRestore({ ...task, ...admitted.of });
    const compared = { id, open: () => openReader(cluster, "preview"), ...admitted };
    const [changes] = await Promise.all([announced(compared, local), advise(plan)]);
    return { plan, changes };
  });
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
