import * as pulumi from "@pulumi/pulumi";
import { hostedAccess } from "../hosted/hostedAccess";
import type { HostedCluster } from "../hosted/hostedCluster";
import { resultOf, step } from "../steps/step";
import { BACKUP_ARGUMENTS_FORMAT, type BackupArguments } from "./backupArguments";

/** What an on-demand backup of a hosted cluster needs to know. */
export interface HostedBackupArgs {
  readonly cluster: HostedCluster;
  /** Recorded in the manifest. */
  readonly profileName: string;
  /** A new value takes a new backup; an unchanged one takes none. */
  readonly generation: string;
  /** Directory store, absolute; made with mode 0700 when it does not exist. */
  readonly directory: string;
  /** Where in the member's Pod the snapshot lies for a moment. Default "/tmp"; never the root. */
  readonly podDirectory?: string;
  /** Longest time of the save and of the transfer, in seconds. Default 900. */
  readonly saveSeconds?: number;
}

/** One backup: saved from a healthy member, verified, put into the store; once for each generation. */
export class HostedBackup extends pulumi.ComponentResource {
  /** Path of the snapshot in the store. */
  readonly snapshot: pulumi.Output<string>;
  /** Path of its manifest. */
  readonly manifest: pulumi.Output<string>;
  /** Revision that it holds, in decimal. */
  readonly revision: pulumi.Output<string>;

  constructor(name: string, args: HostedBackupArgs, opts?: pulumi.ComponentResourceOptions) {
    const inputs = { cluster: args.cluster.name, generation: args.generation };
    super("etcd-recovery:index:HostedBackup", name, inputs, opts);
    const told = backupArguments(args);
    const minutes = Math.ceil((2 * told.saveSeconds + 300) / 60);
    const common = { arguments: told, triggers: [args.generation], minutes };
    const captured = step(`${name}-capture`, { ...common, step: "capture" }, { parent: this });
    const after = { parent: this, dependsOn: [captured] };
    const sealed = resultOf(step(`${name}-seal`, { ...common, step: "seal" }, after));
    const said = (fact: string) => sealed.apply((result) => String(result[fact] ?? ""));
    this.snapshot = said("snapshot");
    this.manifest = said("manifest");
    this.revision = said("revision");
    this.registerOutputs({ snapshot: this.snapshot, manifest: this.manifest, revision: this.revision });
  }
}

function backupArguments(args: HostedBackupArgs): BackupArguments {
  const { cluster, profileName, generation, directory, podDirectory = "/tmp", saveSeconds = 900 } = args;
  return {
    format: BACKUP_ARGUMENTS_FORMAT,
    operation: "backup",
    substrate: { ...hostedAccess(cluster) },
    cluster: cluster.name,
    profile: profileName,
    generation,
    directory,
    podDirectory,
    saveSeconds,
  };
}
