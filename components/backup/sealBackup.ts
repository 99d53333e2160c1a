import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors";
import { readSnapshotFacts, type SnapshotFacts } from "../restore/snapshotFacts";
import { factOf } from "../steps/step";
import { type DirectoryBackup, DirectoryStore } from "../store/directoryStore";
import type { BackupManifest } from "../store/storedBackup";

/** What {@link sealBackup} needs to know. */
export interface SealArgs {
  readonly cluster: string;
  readonly profile: string;
  readonly generation: string;
  readonly members: readonly string[];
  /** Directory with the captured `snapshot.db` and `facts`. */
  readonly staging: string;
  /** Root of the directory store. */
  readonly directory: string;
  readonly toolVersion: string;
}

/** A backup in the store. */
export interface SealedBackup extends DirectoryBackup {
  readonly revision: string;
}

/**
 * Makes a backup of a captured snapshot: verifies it, describes it, stores it. Run again after it was done, or
 * after it was killed, it finishes and gives the same answer.
 *
 * @throws UserError when the snapshot is damaged or of another cluster than the one that was asked
 */
export async function sealBackup(args: SealArgs): Promise<SealedBackup> {
  const store = new DirectoryStore(args.directory);
  const done = await store.find(args.cluster, args.generation);
  const backup = done ?? (await take(store, args));
  await rm(args.staging, { recursive: true, force: true });
  const manifest: BackupManifest = JSON.parse(await readFile(backup.manifest, "utf8"));
  return { ...backup, revision: manifest.etcd.revision };
}

async function take(store: DirectoryStore, args: SealArgs): Promise<DirectoryBackup> {
  const path = join(args.staging, "snapshot.db");
  const facts = await readFile(join(args.staging, "facts"), "utf8").catch(() => {
    throw new UserError(
      `backup.directory: ${args.staging} holds no captured snapshot.`,
      "pulumi up --target-replace the capture step",
    );
  });
  const snapshot = await readSnapshotFacts(path, { input: "backup" });
  const asked = factOf(facts, "kubeSystemUid");
  if (asked !== undefined && snapshot.kubeSystemUid !== undefined && asked !== snapshot.kubeSystemUid) {
    throw new UserError(
      `userKubeconfig: its cluster's kube-system has UID ${asked}, the snapshot's ${snapshot.kubeSystemUid}: they are different clusters.`,
      "pulumi config set userKubeconfig PATH",
    );
  }
  return store.put(path, manifestOf(args, snapshot, facts));
}

function manifestOf(args: SealArgs, snapshot: SnapshotFacts, facts: string): BackupManifest {
  const kubernetesVersion = factOf(facts, "kubernetesVersion");
  const file = { bytes: snapshot.sizeBytes, sha256: snapshot.sha256 };
  return {
    formatVersion: 1,
    cluster: args.cluster,
    profile: args.profile,
    generation: args.generation,
    time: new Date().toISOString(),
    toolVersion: args.toolVersion,
    ...(snapshot.kubeSystemUid === undefined ? {} : { kubeSystemUid: snapshot.kubeSystemUid }),
    etcd: {
      clusterId: factOf(facts, "clusterId") ?? "",
      version: factOf(facts, "etcdVersion") ?? "",
      members: [...args.members],
      savedFrom: factOf(facts, "member") ?? "",
      revision: snapshot.revision,
    },
    ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
    snapshot: { file: "snapshot.db", encoding: "identity", plain: file, stored: file },
    ...(snapshot.census === undefined ? {} : { census: { ...snapshot.census } }),
    ...(snapshot.encryption === undefined
      ? {}
      : { encryption: snapshot.encryption.map((used) => ({ ...used })) }),
  };
}
