/**
 * Components for other people's Pulumi programs (docs/reference/components.md). None reads configuration; the whole
 * program, which does, is `etcd-recovery/program`.
 */
export {
  BackupVault,
  type BackupVaultArgs,
  type VaultCredentials,
  type VaultIdentities,
} from "../vault/backupVault";
export type { VaultEstimate } from "../vault/estimate";
export { HostedBackup, type HostedBackupArgs } from "./backup/hostedBackup";
export { NodesBackup, type NodesBackupArgs } from "./backup/nodesBackup";
export {
  ScheduledBackups,
  type ScheduledBackupsArgs,
  type ScheduledTask,
} from "./backup/schedule/scheduledBackups";
export type { SchedulesInput } from "./config/schedulesSchema";
export type {
  ApiServerOverridesArgs,
  EtcdOverridesArgs,
  HostedClusterArgs,
  HostedOperationArgs,
  ProfileOverridesArgs,
} from "./hosted/hostedClusterArgs";
export type {
  JumpArgs,
  NodesClusterArgs,
  NodesMachineArgs,
  SshArgs,
} from "./nodes/nodesClusterArgs";
export type { ChangedObjects } from "./preview/changedObjects";
export type { ComparedWith, RestoreChanges } from "./preview/restoreChanges";
export { MemberRepair, type MemberRepairArgs } from "./repair/memberRepair";
export { NodesMemberRepair, type NodesMemberRepairArgs } from "./repair/nodesMemberRepair";
export type { ComparedMember, RepairedIds, RepairReport } from "./repair/repairReport";
export { FinalizeNodesRestore, type FinalizeNodesRestoreArgs } from "./restore/finalizeNodesRestore";
export type { FinalizedMember, FinalizeReport } from "./restore/finalizeReport";
export { FinalizeRestore, type FinalizeRestoreArgs } from "./restore/finalizeRestore";
export { HostedRestore } from "./restore/hostedRestore";
export { NodesRestore } from "./restore/nodesRestore";
export type { NodesRestoreArgs, PkiRestoreArgs } from "./restore/nodesRestoreArgs";
export type { HostedRestoreArgs } from "./restore/restoreArgs";
export type {
  RenewedLease,
  RestoredFile,
  RestoredFrom,
  RestoredMember,
  RestoredReplicas,
  RestoreReport,
  WorkloadReport,
} from "./restore/restoreReport";
