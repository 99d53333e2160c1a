import { resolve } from "node:path";
import { checkConfig } from "../components/config/configCheck";
import type {
  BackupConfig,
  NodesBackupConfig,
  NodesRestoreConfig,
  RestoreConfig,
} from "../components/config/configSchema";
import { isBucketUrl } from "../store/openStore";
import { isWish } from "../store/wish";
import type { VaultInput } from "../vault/vaultSettings";
import { changedAt } from "./settingsPath";
import type { StackSettings } from "./stackWorkspace";

/** The program's configuration, where what has a default may be left out. */
type Hosted<T extends BackupConfig | RestoreConfig> = Omit<T, "operation" | "profile" | "members" | "vault"> &
  Partial<Pick<T, "profile" | "members">>;
interface WithVault {
  readonly vault?: VaultInput;
}

/** Configuration of a restore of a hosted control plane. */
export type HostedRestoreSettings = Hosted<RestoreConfig>;
/** Configuration of a restore of a control plane on machines. Its keys go into the stack as secrets. */
export type MachinesRestoreSettings = Omit<NodesRestoreConfig, "operation">;
/** Configuration of a restore stack, as the program's configuration keys. Relative paths count from the current directory. */
export type RestoreSettings = HostedRestoreSettings | MachinesRestoreSettings;

/** Configuration of a backup of a hosted control plane. */
export type HostedBackupSettings = Hosted<BackupConfig> & WithVault;
/** Configuration of a backup of a control plane on machines. Its keys go into the stack as secrets. */
export type MachinesBackupSettings = Omit<NodesBackupConfig, "operation" | "vault"> & WithVault;
/** Configuration of a backup stack. */
export type BackupSettings = HostedBackupSettings | MachinesBackupSettings;

/** Keys whose values are paths on this machine, or addresses of a bucket. */
const paths = [
  ["adminKubeconfig"],
  ["userKubeconfig"],
  ["restore", "snapshot"],
  ["restore", "store"],
  ["restore", "etcdutl"],
  ["restore", "identityFile"],
  ["restore", "pki", "from"],
  ["backup", "directory"],
] as const;

/**
 * The configuration, checked before anything runs, with absolute paths: the program runs in another directory.
 *
 * @throws UserError that lists every error
 */
export function checkedSettings(
  operation: "restore" | "backup",
  settings: RestoreSettings | BackupSettings,
): StackSettings {
  const config: Record<string, unknown> = { ...settings, operation };
  checkConfig(config);
  const known = paths.reduce<StackSettings>((group, path) => changedAt(group, path, absolute), config);
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}

function absolute(path: unknown): unknown {
  return typeof path === "string" && !isBucketUrl(path) && !isWish(path) ? resolve(path) : path;
}
