import { rm } from "node:fs/promises";
import { listKeys } from "../../snapshot";
import { snapshotKeyOf, storedGeneration } from "../../store/backups";
import { fileContent } from "../../store/content";
import { keyList } from "../../store/keyList";
import { MANIFEST, type NewManifest } from "../../store/manifest";
import { isBucketUrl, openStore } from "../../store/openStore";
import { putBackup } from "../../store/putBackup";
import type { Store } from "../../store/store";
import { readSnapshotFacts, type SnapshotFacts } from "../admission/snapshotFacts";
import { RefusedError, UserError } from "../errors";
import type { UserCluster } from "./backupSource";
import { completed } from "./captureBackup";
import type { Captured, CapturedFacts } from "./captured";
import { askUser } from "./userFacts";

/** What {@link sealBackup} needs to know. */
export interface SealTask {
  readonly cluster: string;
  readonly profile: string;
  readonly generation: string;
  readonly members: readonly string[];
  /** Where the backup goes: a directory, or `gs://bucket/prefix`. */
  readonly store: string;
  readonly toolVersion: string;
  /** undefined: no kubeconfig for it is known. */
  readonly user: UserCluster | undefined;
  /** A line of the step's account. */
  say(line: string): void;
}

/** A backup in the store: addresses of its snapshot and manifest, and its revision. */
export interface SealedBackup {
  readonly snapshot: string;
  readonly manifest: string;
  readonly revision: string;
}

/**
 * Makes a backup of a captured snapshot: verifies it, describes it, stores it. Run again after it was done, or
 * after it was killed, it finishes and gives the same answer.
 *
 * @throws UserError when the snapshot is damaged or of another cluster than the one that was asked
 */
export async function sealBackup(task: SealTask, captured: Captured): Promise<SealedBackup> {
  const store = openStore(task.store, isBucketUrl(task.store) ? "backup.store" : "backup.directory");
  const sealed = (await before(store, task)) ?? (await take(store, task, captured));
  await rm(captured.directory, { recursive: true, force: true });
  return sealed;
}

/**
 * What an earlier run has stored of this generation, the newest where several took one. An identity that can create
 * objects alone is not told: what is captured is then stored, once more where a run was killed at its very end.
 */
async function before(store: Store, { cluster, generation }: SealTask): Promise<SealedBackup | undefined> {
  const found = await storedGeneration(store, cluster, generation);
  if (found === undefined) return undefined;
  const [snapshot, manifest] = [snapshotKeyOf(found), `${found.key}/${MANIFEST}`].map((key) =>
    store.address(key),
  );
  return { snapshot: `${snapshot}`, manifest: `${manifest}`, revision: found.manifest.etcd.revision };
}

async function take(store: Store, task: SealTask, captured: Captured): Promise<SealedBackup> {
  const known = await captured.read();
  if (known === undefined) {
    throw new UserError(
      `backup.directory: ${captured.directory} holds no captured snapshot.`,
      "pulumi up --target-replace the capture step",
    );
  }
  const snapshot = await readSnapshotFacts(captured.snapshot, { input: "backup" });
  const facts = await compared(task, captured, known, snapshot.kubeSystemUid);
  const keys = await keysOf(captured.snapshot);
  const { pki } = facts;
  const manifest = {
    ...manifestOf(task, snapshot, facts),
    keys: keys.file,
    ...(pki === undefined ? {} : { pki }),
  };
  const bundles = (pki?.bundles ?? []).map(({ file }) => [file, fileContent(captured.fileOf(file))] as const);
  const content = fileContent(captured.snapshot);
  const put = await putBackup(store, content, keys.content, manifest, Object.fromEntries(bundles));
  return { snapshot: put.snapshot, manifest: put.manifest, revision: snapshot.revision };
}

async function keysOf(path: string): ReturnType<typeof keyList> {
  const listed = await listKeys(path);
  if (!listed.valid) throw new RefusedError(`backup: ${listed.problem.message}`, listed.problem.remedy);
  return keyList(listed.keys);
}

/**
 * Facts of the cluster that the snapshot is of. What was silent is asked once more, and so is one that says another UID:
 * its kubeconfig may have been mended since.
 */
async function compared(
  { user, say }: SealTask,
  captured: Captured,
  known: CapturedFacts,
  uid: string | undefined,
): Promise<CapturedFacts> {
  const differs = ({ kubeSystemUid: asked }: CapturedFacts) =>
    asked !== undefined && uid !== undefined && asked !== uid;
  let facts = await completed({ user }, captured, known, say);
  if (differs(facts)) {
    const { kubeSystemUid: _, kubernetesVersion: __, ...own } = facts;
    facts = { ...own, ...(await askUser(user, say)) };
    if (!differs(facts)) await captured.write(facts);
  }
  if (!differs(facts)) return facts;
  throw new UserError(
    `userKubeconfig: its cluster's kube-system has UID ${facts.kubeSystemUid}, the snapshot's ${uid}: they are different clusters.`,
    "pulumi config set userKubeconfig PATH",
  );
}

function manifestOf(task: SealTask, snapshot: SnapshotFacts, facts: CapturedFacts): NewManifest {
  const { kubernetesVersion } = facts;
  const file = { bytes: snapshot.sizeBytes, sha256: snapshot.sha256 };
  return {
    formatVersion: 2,
    cluster: task.cluster,
    profile: task.profile,
    generation: task.generation,
    time: new Date().toISOString(),
    toolVersion: task.toolVersion,
    ...(snapshot.kubeSystemUid === undefined ? {} : { kubeSystemUid: snapshot.kubeSystemUid }),
    etcd: {
      clusterId: facts.clusterId,
      version: facts.etcdVersion,
      members: [...task.members],
      savedFrom: facts.member,
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
