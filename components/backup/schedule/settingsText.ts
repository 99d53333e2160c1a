import { certificatePath, type PlannedCluster } from "./scheduledCluster";

/** The format of the agent's settings; the program refuses any other. */
export const SETTINGS_FORMAT = 1;
/** Where they lie in the agent's container, and where it works. */
export const SETTINGS_DIRECTORY = "/etc/etcd-recovery";
export const SETTINGS_FILE = `${SETTINGS_DIRECTORY}/settings.json`;
export const SPOOL = "/spool";
/** Where a claim is mounted that holds a directory of backups. */
export const STORE_MOUNT = "/store";

/** Beside the settings: certificates of the endpoint's authority. */
export const AUTHORITY_FILE = "authority.pem";

/** Where the drill's Pods have a file of age identities. */
export const IDENTITY_DIRECTORY = "/etc/etcd-recovery-age";
const IDENTITY_FILE = `${IDENTITY_DIRECTORY}/identity`;

/** What is told beside the cluster. */
export interface ToldSettings {
  readonly store: string;
  readonly deadlineSeconds: number;
  readonly keep?: string;
  readonly generation?: string;
  readonly recipients?: readonly string[];
  /** Whether the Pods that drill have a file of age identities. */
  readonly hasIdentity?: boolean;
  /** Of Cloud Monitoring. */
  readonly project?: string;
}

/** The agent's settings file. No secret is in it: equal input, equal text. */
export function settingsText(cluster: PlannedCluster, told: ToldSettings): string {
  const { name, profile, members, kubeSystemUid } = cluster;
  const settings = {
    format: SETTINGS_FORMAT,
    cluster: name,
    profile,
    members,
    tls: { ca: certificatePath("ca"), cert: certificatePath("cert"), key: certificatePath("key") },
    store: told.store,
    spool: SPOOL,
    ...(told.generation === undefined ? {} : { generation: told.generation }),
    ...(kubeSystemUid === undefined ? {} : { kubeSystemUid }),
    deadlineSeconds: told.deadlineSeconds,
    ...(told.recipients === undefined ? {} : { recipients: told.recipients }),
    ...(told.hasIdentity === true ? { identityFile: IDENTITY_FILE } : {}),
    ...(told.project === undefined ? {} : { monitoring: { project: told.project } }),
    ...(told.keep === undefined ? {} : { keep: told.keep }),
  };
  return `${JSON.stringify(settings, undefined, 2)}\n`;
}
