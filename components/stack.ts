import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { HostedBackup } from "./backup/hostedBackup";
import type { BackupConfig, RestoreConfig, StackConfig } from "./configSchema";
import type { HostedCluster } from "./hosted/hostedCluster";
import { checkKubeconfig } from "./kubeconfig/kubeconfig";
import { hostedProfiles, type ProfileOverrides, withOverrides } from "./profiles/profiles";
import { MemberRepair } from "./repair/memberRepair";
import { type AdmissionArgs, admitSnapshot } from "./restore/admission";
import { readEtcdutl } from "./restore/etcdutlFile";
import { FinalizeRestore } from "./restore/finalizeRestore";
import { HostedRestore } from "./restore/hostedRestore";
import type { Overrides } from "./restore/overrides";
import type { SnapshotFacts } from "./restore/snapshotFacts";
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
  const origin =
    rollback === undefined ? { snapshot: await admitted(resolve(snapshot ?? ""), args) } : { rollback };
  const restore = new HostedRestore("restore", { ...args, ...origin });
  return { report: restore.report };
}

/** The snapshot, when it may be restored; what is worth a thought is said. */
async function admitted(path: string, admission: AdmissionArgs): Promise<SnapshotFacts> {
  const { snapshot, warnings } = await admitSnapshot(path, admission);
  for (const warning of warnings) void pulumi.log.warn(`restore.snapshot: ${warning}`);
  return snapshot;
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
