import type * as pulumi from "@pulumi/pulumi";
import { BackupVault } from "../vault/backupVault";
import type { VaultSettings } from "../vault/vaultSettings";
import { HostedBackup } from "./backup/hostedBackup";
import {
  type BackupConfig,
  type HostedConfig,
  isNodesConfig,
  type NodesConfig,
  type RestoreConfig,
  type StackConfig,
} from "./config/configSchema";
import type { HostedClusterArgs, ProfileOverridesArgs } from "./hosted/hostedClusterArgs";
import type { NodesClusterArgs } from "./nodes/nodesClusterArgs";
import { MemberRepair } from "./repair/memberRepair";
import { FinalizeNodesRestore } from "./restore/finalizeNodesRestore";
import { FinalizeRestore } from "./restore/finalizeRestore";
import { HostedRestore } from "./restore/hostedRestore";
import { NodesRestore } from "./restore/nodesRestore";

/** The component of one stack, and what it tells its users: one operation, as its configuration says. */
export function declareStack(config: StackConfig): Record<string, pulumi.Input<unknown>> {
  if (isNodesConfig(config)) return declareNodesRestore(config);
  return config.operation === "restore" ? declareRestore(config) : declareBackup(config);
}

function declareRestore(config: RestoreConfig): Record<string, pulumi.Input<unknown>> {
  const { finalize, repair, ...restore } = config.restore;
  const operation = { cluster: clusterOf(config), id: restore.id, utilityImage: config.utilityImage };
  if (finalize !== undefined)
    return { report: new FinalizeRestore("finalize", { ...operation, finalize }).report };
  if (repair !== undefined) {
    const given = restore.reason === undefined ? {} : { reason: restore.reason };
    return { report: new MemberRepair("repair", { ...operation, member: repair, ...given }).report };
  }
  const { restorePlan, report } = new HostedRestore("restore", { ...operation, ...restore });
  return restore.rollback === undefined ? { restorePlan, report } : { report };
}

function declareNodesRestore({
  cluster: name,
  profile,
  machines,
  ssh,
  restore,
  ...more
}: NodesConfig): Record<string, pulumi.Input<unknown>> {
  const { operation: _, ...given } = more;
  const cluster = { name, profile, machines, ssh, ...given } as NodesClusterArgs;
  const { finalize, ...wanted } = restore;
  if (finalize !== undefined)
    return { report: new FinalizeNodesRestore("finalize", { cluster, id: restore.id, finalize }).report };
  const { restorePlan, report } = new NodesRestore("restore", { cluster, ...wanted });
  return restore.rollback === undefined ? { restorePlan, report } : { report };
}

function declareBackup(config: BackupConfig): Record<string, pulumi.Input<unknown>> {
  const backup = new HostedBackup("backup", { cluster: clusterOf(config), ...config.backup });
  const taken = { snapshot: backup.snapshot, manifest: backup.manifest, revision: backup.revision };
  return config.vault === undefined ? taken : { ...taken, ...declareVault(config.vault) };
}

function declareVault(settings: VaultSettings): Record<string, pulumi.Input<unknown>> {
  const { location, identities, credentials, estimate, deleteAfterDays, uploaderKey } = new BackupVault(
    "vault",
    settings,
  );
  const vault = { location, identities, credentials, estimate, deleteAfterDays };
  return settings.uploaderKey === undefined ? { vault } : { vault, uploaderKey };
}

function clusterOf(config: HostedConfig): HostedClusterArgs {
  const { cluster: name, namespace, members, profile, overrides } = config;
  const { adminKubeconfig, adminContext, userKubeconfig, allowInsecure } = config;
  const all = { namespace, overrides, adminContext, userKubeconfig, allowInsecure };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return { name, members, profile, adminKubeconfig, ...(given as { overrides?: ProfileOverridesArgs }) };
}
