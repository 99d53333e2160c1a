import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { clusterEnvironment } from "../hosted/clusterEnvironment";
import type { HostedCluster } from "../hosted/hostedCluster";
import { hostedScripts } from "../hosted/hostedScripts";
import { assembleScript } from "../steps/scripts";
import { factOf, step } from "../steps/step";

const scripts = join(__dirname, "scripts");
/** The program's own command line; the seal step is one of its commands. */
const commandLine = join(__dirname, "..", "..", "bin", "etcd-recovery.js");

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
    super(
      "etcd-recovery:index:HostedBackup",
      name,
      { cluster: args.cluster.name, generation: args.generation },
      opts,
    );
    const environment = backupEnvironment(args);
    const saveSeconds = args.saveSeconds ?? 900;
    const common = { operation: args.generation, timeout: `${2 * saveSeconds + 300}s`, environment };
    const captured = step(
      `${name}-capture`,
      { ...common, script: assembleScript([...hostedScripts, join(scripts, "capture.sh")]) },
      { parent: this },
    );
    const sealed = step(
      `${name}-seal`,
      { ...common, script: assembleScript([join(scripts, "seal.sh")]) },
      { parent: this, dependsOn: [captured] },
    );
    const sealedFact = (fact: string) => sealed.stdout.apply((result) => factOf(result, fact) ?? "");
    this.snapshot = sealedFact("snapshot");
    this.manifest = sealedFact("manifest");
    this.revision = sealedFact("revision");
    this.registerOutputs({ snapshot: this.snapshot, manifest: this.manifest, revision: this.revision });
  }
}

function backupEnvironment(args: HostedBackupArgs): Record<string, string> {
  return {
    ...clusterEnvironment(args.cluster),
    CLUSTER: args.cluster.name,
    PROFILE: args.profileName,
    GENERATION: args.generation,
    DIRECTORY: args.directory,
    // On the store's own file system, so that nothing large lies elsewhere; begins with a dot: no part of the store.
    STAGING: join(
      args.directory,
      ".staging",
      `${args.cluster.name}-${args.generation.replaceAll(/[^A-Za-z0-9-]/g, "-")}`,
    ),
    POD_DIRECTORY: args.podDirectory ?? "/tmp",
    SAVE_SECONDS: String(args.saveSeconds ?? 900),
    ETCD_RECOVERY_CLI: commandLine,
  };
}
