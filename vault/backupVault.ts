import * as pulumi from "@pulumi/pulumi";
import { decideVault } from "./decideVault";
import { declareBucket } from "./declare/bucket";
import { declareFederation } from "./declare/federation";
import { needGcp } from "./declare/gcpPackage";
import { declareIdentities } from "./declare/identities";
import { declareKey } from "./declare/key";
import { declareMonitoring } from "./declare/monitoring";
import { estimateVault, type VaultEstimate } from "./estimate";
import type { VaultInput } from "./vaultSettings";

/** What {@link BackupVault} needs to know. Plain values: they decide which resources there are. */
export type BackupVaultArgs = VaultInput;

/** E-mail addresses of the identities; none can do more than its name says. */
export interface VaultIdentities {
  /** Creates objects; can neither read, replace nor delete any. */
  readonly uploader: string;
  /** Lists and reads; writes beside a backup what came of a drill. */
  readonly reader: string;
  /** Lists, reads manifests and drills, deletes; cannot read snapshots. */
  readonly pruner: string;
  /** Lists, reads manifests and drills, writes numbers to Cloud Monitoring; only with `monitoring`. */
  readonly watcher?: string;
}

/** Files for `GOOGLE_APPLICATION_CREDENTIALS` of Pods; no secret is in them. */
export interface VaultCredentials {
  readonly uploader?: string;
  readonly reader?: string;
  readonly pruner?: string;
  readonly watcher?: string;
}

/**
 * Where backups lie on Google Cloud: a bucket that nobody can empty by mistake, the key that encrypts it, and an identity
 * for each of writing, reading and pruning; with `monitoring` one for watching too, alerts and a dashboard. Everything that holds data is protected, and stays when it leaves the program.
 *
 * Needs the package `@pulumi/gcp`. Contradictions among the arguments end the program before anything is made.
 */
export class BackupVault extends pulumi.ComponentResource {
  /** `gs://bucket`: what `--store` and `restore.store` take. */
  readonly location: pulumi.Output<string>;
  readonly identities: pulumi.Output<VaultIdentities>;
  /** How Pods prove who they are; empty without federation. */
  readonly credentials: pulumi.Output<VaultCredentials>;
  /** Key file of the uploader, a secret; undefined unless it was asked for as the last resort. */
  readonly uploaderKey: pulumi.Output<string | undefined>;
  readonly estimate: pulumi.Output<VaultEstimate>;
  /** Age in days at which the bucket itself deletes. */
  readonly deleteAfterDays: pulumi.Output<number>;

  /** @throws RunError that names every contradiction */
  constructor(name: string, args: BackupVaultArgs, opts?: pulumi.ComponentResourceOptions) {
    const { settings, plan } = decideVault(name, args);
    needGcp(name);
    super(
      "etcd-recovery:index:BackupVault",
      name,
      { bucket: settings.bucket, project: settings.project },
      opts,
    );
    const of = { parent: this, name, settings, plan };
    const key = declareKey(of);
    const bucket = declareBucket(of, key);
    const identities = declareIdentities(of, bucket);
    const { uploader, reader, pruner, watcher } = identities.accounts;
    declareMonitoring(of);
    this.location = pulumi.interpolate`gs://${bucket.name}`;
    this.identities = pulumi.output({
      ...{ uploader: uploader.email, reader: reader.email, pruner: pruner.email },
      ...(watcher === undefined ? {} : { watcher: watcher.email }),
    });
    this.credentials = declareFederation(of, identities.accounts);
    this.uploaderKey = pulumi.output(identities.uploaderKey);
    this.estimate = pulumi.output(estimateVault(settings, plan));
    this.deleteAfterDays = pulumi.output(plan.deleteAfterDays);
    this.registerOutputs({
      location: this.location,
      identities: this.identities,
      credentials: this.credentials,
      estimate: this.estimate,
      deleteAfterDays: this.deleteAfterDays,
    });
  }
}
