import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { checkStoreDirectory } from "../../store/storeDirectory";
import { checkArguments } from "../config/argumentsCheck";
import type { NodesBackupConfig } from "../config/configSchema";
import { checkDeclared } from "../config/declaredArguments";
import { decided, type Values } from "../decided";
import { decideNodes } from "../nodes/decideNodes";
import { secretText, stepAccessOf } from "../nodes/nodesAccess";
import type { NodesCluster } from "../nodes/nodesCluster";
import type { NodesClusterArgs } from "../nodes/nodesClusterArgs";
import type { BackupArguments } from "./backupArguments";
import { takenBackup } from "./takenBackup";
import { checkTaking } from "./taking";

/** What {@link NodesBackup} needs to know. */
export interface NodesBackupArgs {
  /** The control plane. */
  readonly cluster: NodesClusterArgs;
  /** A new value takes a new backup; an unchanged one takes none. */
  readonly generation: pulumi.Input<string>;
  /** Directory store; made with mode 0700 when it does not exist. */
  readonly directory: pulumi.Input<string>;
  /** `gs://bucket/prefix`: where the backups go; `directory` then holds what is being taken. Default: they stay there. */
  readonly store?: pulumi.Input<string>;
  /**
   * age recipients, `age1…`: who can read the snapshot, the list of its keys, and the machines' keys and certificates. At
   * least one; there is no plain form. Restores need an identity of theirs.
   */
  readonly recipients: pulumi.Input<pulumi.Input<string>[]>;
  /** Longest time of the save and of the transfer, in seconds. Default 900. Plain: it bounds the resources' times. */
  readonly saveSeconds?: number;
}

/**
 * One backup of a control plane on machines: a snapshot of a healthy member, verified, and of every machine its keys,
 * certificates and configuration, all encrypted; once for each generation. Nothing on a machine is changed.
 */
export class NodesBackup extends pulumi.ComponentResource {
  /** Path of the snapshot in the store, or its address in a bucket. */
  readonly snapshot: pulumi.Output<string>;
  /** The same of its manifest. */
  readonly manifest: pulumi.Output<string>;
  /** Revision that it holds, in decimal. */
  readonly revision: pulumi.Output<string>;

  constructor(name: string, args: NodesBackupArgs, opts?: pulumi.ComponentResourceOptions) {
    checkDeclared(`NodesBackup ${name}`, args, {
      names: {
        ...{ cluster: true, generation: true, directory: true, store: true, recipients: true },
        saveSeconds: true,
      },
    });
    const { saveSeconds = 900 } = args;
    const known = decided(args, (values) => decideBackup(`NodesBackup ${name}`, { ...values, saveSeconds }));
    const told = known.apply(({ steps }) => steps);
    const record = {
      cluster: told.apply((all) => all.cluster),
      generation: told.apply((all) => all.generation),
    };
    super("etcd-recovery:index:NodesBackup", name, record, opts);
    const stdin = pulumi.secret(known.apply(({ cluster }) => secretText(cluster)));
    const { snapshot, manifest, revision } = takenBackup(this, name, { arguments: told, stdin, saveSeconds });
    this.snapshot = snapshot;
    this.manifest = manifest;
    this.revision = revision;
    this.registerOutputs({ snapshot: this.snapshot, manifest: this.manifest, revision: this.revision });
  }
}

/** What is known before a backup is taken. */
interface DecidedBackup {
  readonly cluster: NodesCluster;
  readonly steps: BackupArguments;
}

async function decideBackup(component: string, args: Values<NodesBackupArgs>): Promise<DecidedBackup> {
  const { cluster: named, saveSeconds = 900, ...given } = args;
  const { name, ...more } = named;
  const keys = { operation: "backup", cluster: name, ...more, backup: given };
  const config = checkArguments(component, keys) as NodesBackupConfig;
  checkTaking(component, { saveSeconds });
  const cluster = decideNodes(config);
  const { generation, store, recipients } = config.backup;
  const directory = resolve(config.backup.directory);
  for (const warning of await checkStoreDirectory(directory)) void pulumi.log.warn(warning);
  const steps: BackupArguments = {
    // the first that has recipients of the snapshot
    format: 4,
    operation: "backup",
    substrate: stepAccessOf(cluster),
    cluster: cluster.name,
    profile: config.profile,
    generation,
    directory,
    ...(store === undefined ? {} : { store }),
    recipients,
    snapshotRecipients: recipients,
    podDirectory: "/tmp",
    saveSeconds,
  };
  return { cluster, steps };
}
