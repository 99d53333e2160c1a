import { resolve } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { HostedBackup } from "./backup/hostedBackup";
import type { BackupConfig, RestoreConfig, StackConfig } from "./configSchema";
import type { HostedCluster } from "./hosted/hostedCluster";
import { hostedProfiles, type ProfileOverrides, withOverrides } from "./profiles/profiles";
import { HostedRestore } from "./restore/hostedRestore";
import { readSnapshotFacts } from "./restore/snapshotFacts";

/** The components of one stack, and what it tells its users: one operation, as its configuration says. */
export async function declareStack(config: StackConfig): Promise<Record<string, pulumi.Input<unknown>>> {
  return config.operation === "restore" ? declareRestore(config) : declareBackup(config);
}

async function declareRestore(config: RestoreConfig) {
  const snapshot = await readSnapshotFacts(resolve(config.restore.snapshot));
  const restore = new HostedRestore("restore", {
    cluster: clusterOf(config),
    id: config.restore.id,
    snapshot,
    utilityImage: config.utilityImage,
    ...(config.restore.clusterUid === undefined ? {} : { clusterUid: config.restore.clusterUid }),
    ...(config.restore.reason === undefined ? {} : { reason: config.restore.reason }),
  });
  return { report: restore.report };
}

function declareBackup(config: BackupConfig) {
  const backup = new HostedBackup("backup", {
    cluster: clusterOf(config),
    profileName: config.profile,
    generation: config.backup.generation,
    directory: resolve(config.backup.directory),
  });
  return { snapshot: backup.snapshot, manifest: backup.manifest, revision: backup.revision };
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
