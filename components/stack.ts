import type * as pulumi from "@pulumi/pulumi";
import { BackupVault } from "../vault/backupVault";
import type { VaultSettings } from "../vault/vaultSettings";
import { HostedBackup } from "./backup/hostedBackup";
import { NodesBackup } from "./backup/nodesBackup";
import type { TakenBackup } from "./backup/takenBackup";
import {
  type BackupConfig,
  type HostedConfig,
  isNodesConfig,
  type NodesBackupConfig,
  type NodesConfig,
  type NodesRestoreConfig,
  type RestoreConfig,
  type StackConfig,
} from "./config/configSchema";
import type { HostedClusterArgs, ProfileOverridesArgs } from "./hosted/hostedClusterArgs";
import type { NodesClusterArgs } from "./nodes/nodesClusterArgs";
import { MemberRepair } from "./repair/memberRepair";
import { FinalizeRestore } from "./restore/finalizeRestore";
import { HostedRestore } from "./restore/hostedRestore";
import { NodesRestore } from "./restore/nodesRestore";

/** The component of one stack, and what it tells its users: one operation, as its configuration says. */
export function declareStack(config: StackConfig): Record<string, pulumi.Input<unknown>> {
  if (isNodesConfig(config))
    return config.operation === "restore" ? declareNodesRestore(config) : declareNodesBackup(config);
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

function declareNodesRestore(config: NodesRestoreConfig): Record<string, pulumi.Input<unknown>> {
  const { restorePlan, report } = new NodesRestore("restore", {
    cluster: machinesOf(config),
    ...config.restore,
  });
  return { restorePlan, report };
}

function declareNodesBackup(config: NodesBackupConfig): Record<string, pulumi.Input<unknown>> {
  const backup = new NodesBackup("backup", { cluster: machinesOf(config), ...config.backup });
  return withVault(config.vault, backup);
}

function machinesOf(config: NodesConfig): NodesClusterArgs {
  const { cluster: name, profile, machines, ssh, userKubeconfig, allowInsecure } = config;
  const given = Object.entries({ userKubeconfig, allowInsecure }).filter(([, value]) => value !== undefined);
  return { name, profile, machines, ssh, ...Object.fromEntries(given) } as NodesClusterArgs;
}

function declareBackup(config: BackupConfig): Record<string, pulumi.Input<unknown>> {
  const backup = new HostedBackup("backup", { cluster: clusterOf(config), ...config.backup });
  return withVault(config.vault, backup);
}

function withVault(
  vault: VaultSettings | undefined,
  { snapshot, manifest, revision }: TakenBackup,
): Record<string, pulumi.Input<unknown>> {
  const taken = { snapshot, manifest, revision };
  return vault === undefined ? taken : { ...taken, ...declareVault(vault) };
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
