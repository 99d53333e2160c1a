/**
 * The driver for pipelines: runs the package's own program on Pulumi's Automation API, without a terminal
 * (docs/reference/automation.md).
 */
export { FailedError, RefusedError, UserError } from "../components/errors";
export {
  type BackupResult,
  type BackupSettings,
  cancelUpdate,
  type FinalizeResult,
  finalizeRestore,
  type HostedBackupSettings,
  type HostedRestoreSettings,
  type MachinesBackupSettings,
  type MachinesRestoreSettings,
  previewRestore,
  type ResourceChange,
  type RestoreResult,
  type RestoreSettings,
  removeStack,
  runBackup,
  runRestore,
  type StackOptions,
  type UpdateOptions,
  type UpdateResult,
  undoRestore,
} from "./driver";
