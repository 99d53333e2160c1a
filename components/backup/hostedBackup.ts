import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { AgeRecipients } from "../../store/age/recipients";
import { checkStoreDirectory } from "../../store/storeDirectory";
import { checkArguments } from "../config/argumentsCheck";
import type { BackupConfig } from "../config/configSchema";
import { checkDeclared } from "../config/declaredArguments";
import { decided, type Values } from "../decided";
import { clusterKeys, decideCluster } from "../hosted/decideCluster";
import { hostedAccess } from "../hosted/hostedAccess";
import type { HostedCluster } from "../hosted/hostedCluster";
import type { HostedClusterArgs } from "../hosted/hostedClusterArgs";
import { secretsOf, stepAccessOf } from "../hosted/kubeconfigs";
import type { BackupArguments } from "./backupArguments";
import { takenBackup } from "./takenBackup";
import { checkTaking } from "./taking";

/** What {@link HostedBackup} needs to know. */
export interface HostedBackupArgs {
  /** The cluster. */
  readonly cluster: HostedClusterArgs;
  /** A new value takes a new backup; an unchanged one takes none. */
  readonly generation: pulumi.Input<string>;
  /** Directory store; made with mode 0700 when it does not exist. */
  readonly directory: pulumi.Input<string>;
  /**
   * `gs://bucket/prefix`: where the backups go, by the application's default credentials; `directory` then holds what is
   * being taken. Default: they stay in `directory`.
   */
  readonly store?: pulumi.Input<string>;
  /**
   * age recipients, `age1…`: who can read the snapshot and the list of its keys. Restores need an identity of theirs
   * (`identityFile`). Default: whoever can read the store.
   */
  readonly recipients?: pulumi.Input<pulumi.Input<string>[]>;
  /** Where in the member's Pod the snapshot lies for a moment. Default "/tmp"; never the root. */
  readonly podDirectory?: pulumi.Input<string>;
  /** Longest time of the save and of the transfer, in seconds. Default 900. Plain: it bounds the resources' times. */
  readonly saveSeconds?: number;
}

/** One backup: saved from a healthy member, verified, put into the store; once for each generation. */
export class HostedBackup extends pulumi.ComponentResource {
  /** Path of the snapshot in the store, or its address in a bucket. */
  readonly snapshot: pulumi.Output<string>;
  /** The same of its manifest. */
  readonly manifest: pulumi.Output<string>;
  /** Revision that it holds, in decimal. */
  readonly revision: pulumi.Output<string>;

  constructor(name: string, args: HostedBackupArgs, opts?: pulumi.ComponentResourceOptions) {
    checkDeclared(`HostedBackup ${name}`, args, {
      names: {
        ...{ cluster: true, generation: true, directory: true, store: true, recipients: true },
        ...{ podDirectory: true, saveSeconds: true },
      },
    });
    const { saveSeconds = 900 } = args;
    const known = decided(args, (values) => decideBackup(`HostedBackup ${name}`, { ...values, saveSeconds }));
    const told = known.apply(({ steps }) => steps);
    const record = {
      cluster: told.apply((all) => all.cluster),
      generation: told.apply((all) => all.generation),
    };
    super("etcd-recovery:index:HostedBackup", name, record, opts);
    const stdin = secretsOf(known.apply(({ cluster }) => cluster));
    const { snapshot, manifest, revision } = takenBackup(this, name, { arguments: told, stdin, saveSeconds });
    this.snapshot = snapshot;
    this.manifest = manifest;
    this.revision = revision;
    this.registerOutputs({ snapshot: this.snapshot, manifest: this.manifest, revision: this.revision });
  }
}

/** What is known before a backup is taken. */
interface DecidedBackup {
  readonly cluster: HostedCluster;
  readonly steps: BackupArguments;
}

async function decideBackup(component: string, args: Values<HostedBackupArgs>): Promise<DecidedBackup> {
  const { cluster: named, podDirectory = "/tmp", saveSeconds = 900 } = args;
  const { generation: asked, directory: place, store: bucket, recipients: readers } = args;
  const given = { generation: asked, directory: place, store: bucket, recipients: readers };
  const keys = { operation: "backup", ...clusterKeys(named), backup: given };
  const config = checkArguments(component, keys) as BackupConfig;
  checkTaking(component, { podDirectory, saveSeconds });
  const cluster = decideCluster(config, named);
  // checked: neither is absent where there are no schedules
  const { generation = "", directory: inStore = "" } = config.backup;
  const directory = resolve(inStore);
  for (const warning of await checkStoreDirectory(directory)) void pulumi.log.warn(warning);
  const { store, recipients } = config.backup;
  if (recipients !== undefined) await AgeRecipients.of(recipients, "backup.recipients");
  const steps: BackupArguments = {
    // what an older program understands is left as it wrote it
    format: recipients !== undefined ? 4 : store === undefined ? 1 : 2,
    operation: "backup",
    substrate: { ...hostedAccess(cluster), ...stepAccessOf(cluster) },
    cluster: cluster.name,
    profile: config.profile,
    generation,
    directory,
    ...(store === undefined ? {} : { store }),
    ...(recipients === undefined ? {} : { snapshotRecipients: recipients }),
    podDirectory,
    saveSeconds,
  };
  return { cluster, steps };
}
