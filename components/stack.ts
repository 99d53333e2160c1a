import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { HostedBackup } from "./backup/hostedBackup";
import type { BackupConfig, RestoreConfig, StackConfig } from "./configSchema";
import type { HostedCluster } from "./hosted/hostedCluster";
import { checkKubeconfig } from "./kubeconfig/kubeconfig";
import { describeChanges } from "./preview/changesText";
import { type RestoreChanges, restoreChanges } from "./preview/restoreChanges";
import { hostedProfiles, type ProfileOverrides, withOverrides } from "./profiles/profiles";
import { MemberRepair } from "./repair/memberRepair";
import { type AdmissionArgs, type AdmittedSnapshot, admitSnapshot } from "./restore/admission";
import { readEtcdutl } from "./restore/etcdutlFile";
import { FinalizeRestore } from "./restore/finalizeRestore";
import { HostedRestore } from "./restore/hostedRestore";
import type { Overrides } from "./restore/overrides";
import { checkStoreDirectory } from "./store/storeDirectory";

/** The components of one stack, and what it tells its users: one operation, as its configuration says. */
export async function declareStack(config: StackConfig): Promise<Record<string, pulumi.Input<unknown>>> {
  const cluster = clusterOf(config);
  checkAccess(cluster, config);
  return config.operation === "restore" ? declareRestore(config, cluster) : declareBackup(config, cluster);
}

async function declareRestore(config: RestoreConfig, cluster: HostedCluster) {
  const { id, snapshot, rollback, finalize, repair, reason } = config.restore;
  const operation = { cluster, id, utilityImage: config.utilityImage };
  if (finalize !== undefined) {
    return { report: new FinalizeRestore("finalize", { ...operation, finalize }).report };
  }
  if (repair !== undefined) {
    const args = { ...operation, member: repair, ...(reason === undefined ? {} : { reason }) };
    return { report: new MemberRepair("repair", args).report };
  }
  const { clusterUid, etcdutl } = config.restore;
  const args = {
    ...operation,
    overrides: overridesOf(config),
    ...(clusterUid === undefined ? {} : { clusterUid }),
    ...(reason === undefined ? {} : { reason }),
    ...(etcdutl === undefined ? {} : { etcdutl: await readEtcdutl(resolve(etcdutl)) }),
  };
  if (rollback !== undefined) return { report: new HostedRestore("restore", { ...args, rollback }).report };
  const admitted = await admitSnapshot(resolve(snapshot ?? ""), args);
  for (const warning of admitted.warnings) void pulumi.log.warn(`restore.snapshot: ${warning}`);
  const restorePlan = await announced(id, args, admitted);
  return {
    restorePlan,
    report: new HostedRestore("restore", { ...args, snapshot: admitted.snapshot }).report,
  };
}

/** What the restore will do to the cluster's objects, said before anybody is asked for a yes. */
async function announced(
  id: string,
  { cluster, overrides }: AdmissionArgs,
  { snapshot, newest }: AdmittedSnapshot,
): Promise<RestoreChanges> {
  const changes = await restoreChanges({
    id,
    cluster,
    snapshot: snapshot.path,
    allowUnhashed: overrides.allowUnhashed === true,
    ...(newest === undefined ? {} : { newestBackup: newest }),
  });
  void pulumi.log.info(describeChanges(changes));
  return changes;
}

async function declareBackup(config: BackupConfig, cluster: HostedCluster) {
  const directory = resolve(config.backup.directory);
  for (const warning of await checkStoreDirectory(directory)) void pulumi.log.warn(warning);
  const backup = new HostedBackup("backup", {
    cluster,
    profileName: config.profile,
    generation: config.backup.generation,
    directory,
  });
  return { snapshot: backup.snapshot, manifest: backup.manifest, revision: backup.revision };
}

/** Before anything is asked of a cluster: a wrong kubeconfig has a better sentence than kubectl's. */
function checkAccess(cluster: HostedCluster, { allowInsecure = [] }: StackConfig): void {
  const { adminKubeconfig, adminContext, userKubeconfig } = cluster;
  checkKubeconfig({
    path: adminKubeconfig,
    key: "adminKubeconfig",
    allowInsecure,
    ...(adminContext === undefined ? {} : { context: adminContext }),
  });
  if (userKubeconfig !== undefined)
    checkKubeconfig({ path: userKubeconfig, key: "userKubeconfig", allowInsecure });
}

function overridesOf({ restore, allowInsecure }: RestoreConfig): Overrides {
  const { allowVersion, allowEncryption, allowRole, allowUnhashed } = restore;
  const all = { allowVersion, allowEncryption, allowRole, allowUnhashed, allowInsecure };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Paths are made absolute here: steps run in a plugin's process, whose directory is not the reader's. */
function clusterOf(config: StackConfig): HostedCluster {
  const { userKubeconfig, adminContext } = config;
  return {
    name: config.cluster,
    namespace: config.namespace ?? config.cluster,
    members: config.members,
    profile: withOverrides(hostedProfiles[config.profile], config.overrides as ProfileOverrides | undefined),
    adminKubeconfig: resolve(config.adminKubeconfig),
    ...(adminContext === undefined ? {} : { adminContext }),
    ...(userKubeconfig === undefined ? {} : { userKubeconfig: resolve(userKubeconfig) }),
  };
}
