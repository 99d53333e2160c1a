import type * as pulumi from "@pulumi/pulumi";
import { BackupVault } from "../vault/backupVault";
import type { VaultSettings } from "../vault/vaultSettings";
import { HostedBackup, type HostedBackupArgs } from "./backup/hostedBackup";
import { NodesBackup } from "./backup/nodesBackup";
import { ScheduledBackups } from "./backup/schedule/scheduledBackups";
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
import type { Schedules } from "./config/schedulesSchema";
import { decided } from "./decided";
import { decideCluster } from "./hosted/decideCluster";
import type { HostedClusterArgs, ProfileOverridesArgs } from "./hosted/hostedClusterArgs";
import { adminProvider } from "./hosted/objects/adminProvider";
import type { NodesClusterArgs } from "./nodes/nodesClusterArgs";
import { MemberRepair } from "./repair/memberRepair";
import { NodesMemberRepair } from "./repair/nodesMemberRepair";
import { FinalizeNodesRestore } from "./restore/finalizeNodesRestore";
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
  const cluster = machinesOf(config);
  const { finalize, repair, ...wanted } = config.restore;
  if (finalize !== undefined)
    return { report: new FinalizeNodesRestore("finalize", { cluster, id: wanted.id, finalize }).report };
  if (repair !== undefined) {
    const given = wanted.reason === undefined ? {} : { reason: wanted.reason };
    return {
      report: new NodesMemberRepair("repair", { cluster, id: wanted.id, member: repair, ...given }).report,
    };
  }
  const { restorePlan, report } = new NodesRestore("restore", { cluster, ...wanted });
  return wanted.rollback === undefined ? { restorePlan, report } : { report };
}

function declareNodesBackup(config: NodesBackupConfig): Record<string, pulumi.Input<unknown>> {
  const { snapshot, manifest, revision } = new NodesBackup("backup", {
    cluster: machinesOf(config),
    ...config.backup,
  });
  const vault = config.vault === undefined ? {} : declareVault(config.vault).outputs;
  return { snapshot, manifest, revision, ...vault };
}

function machinesOf(config: NodesConfig): NodesClusterArgs {
  const { cluster: name, profile, machines, ssh, userKubeconfig, allowInsecure } = config;
  const given = Object.entries({ userKubeconfig, allowInsecure }).filter(([, value]) => value !== undefined);
  return { name, profile, machines, ssh, ...Object.fromEntries(given) } as NodesClusterArgs;
}

function declareBackup(config: BackupConfig): Record<string, pulumi.Input<unknown>> {
  const { schedules, generation, directory, ...more } = config.backup;
  const vault = config.vault === undefined ? undefined : declareVault(config.vault);
  return {
    ...(generation === undefined || directory === undefined
      ? {}
      : declareOneBackup({ cluster: clusterOf(config), generation, directory, ...more })),
    ...vault?.outputs,
    ...(schedules === undefined ? {} : { schedules: declareSchedules(config, schedules, vault?.vault) }),
  };
}

function declareOneBackup(args: HostedBackupArgs): Record<string, pulumi.Input<unknown>> {
  const { snapshot, manifest, revision } = new HostedBackup("backup", args);
  return { snapshot, manifest, revision };
}

function declareVault(settings: VaultSettings) {
  const vault = new BackupVault("vault", settings);
  const { location, identities, credentials, estimate, deleteAfterDays, uploaderKey } = vault;
  const told = { vault: { location, identities, credentials, estimate, deleteAfterDays } };
  const outputs: Record<string, pulumi.Input<unknown>> = settings.uploaderKey === undefined
    ? told
    : { ...told, uploaderKey };
  return { vault, outputs };
}

/** The vault says where the backups go, by whom and how long they stay, where nothing else does. */
function declareSchedules(config: BackupConfig, schedules: Schedules, vault: BackupVault | undefined) {
  const named = clusterOf(config);
  const cluster = decided(named, async (values) => decideCluster(config, values));
  const provider = adminProvider("admin", cluster, {});
  const store = config.backup.store ?? vault?.location;
  const federated = vault !== undefined && config.vault?.federation !== undefined;
  const { tasks, location, jobs, probes, rpoMinutes } = new ScheduledBackups(
    "backups",
    {
      schedules,
      ...(store === undefined ? {} : { store }),
      ...(federated ? { credentials: vault.credentials } : {}),
      ...(config.vault === undefined ? {} : { retention: config.vault.retention }),
      ...(config.vault?.monitoring === undefined ? {} : { monitoringProject: config.vault.project }),
    },
    { provider },
  );
  return { tasks, location, jobs, probes, rpoMinutes };
}

function clusterOf(config: HostedConfig): HostedClusterArgs {
  const { cluster: name, namespace, members, profile, overrides } = config;
  const { adminKubeconfig, adminContext, userKubeconfig, allowInsecure } = config;
  const all = { namespace, overrides, adminContext, userKubeconfig, allowInsecure };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return { name, members, profile, adminKubeconfig, ...(given as { overrides?: ProfileOverridesArgs }) };
}
