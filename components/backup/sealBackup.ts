import { rm, stat } from "node:fs/promises";
import { listKeys } from "../../snapshot";
import { AgeRecipients } from "../../store/age/recipients";
import { snapshotKeyOf, storedGeneration } from "../../store/backups";
import { fileContent } from "../../store/content";
import { keyList } from "../../store/keyList";
import { MANIFEST, type NewManifest } from "../../store/manifest";
import { isBucketUrl, openStore } from "../../store/openStore";
import { putBackup } from "../../store/putBackup";
import { digestOf } from "../../store/sameBytes";
import type { Store } from "../../store/store";
import { formOf } from "../../store/storedForm";
import { readSnapshotFacts, type SnapshotFacts } from "../admission/snapshotFacts";
import { RefusedError, UserError } from "../errors";
import type { UserCluster } from "./backupSource";
import { completed } from "./captureBackup";
import type { Captured, CapturedFacts } from "./captured";
import { packedSnapshot } from "./packedSnapshot";
import { askUser } from "./userFacts";

/** What {@link sealBackup} needs to know. */
export interface SealTask {
  readonly cluster: string;
  readonly profile: string;
  readonly generation: string;
  readonly members: readonly string[];
  /** Where the backup goes: a directory, or `gs://bucket/prefix`. */
  readonly store: string;
  /** age recipients (`age1…`) of snapshot and list of keys. Default: nobody, they are stored readable. */
  readonly recipients?: readonly string[] | undefined;
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
  const sealed = (await before(store, task, captured)) ?? (await take(store, task, captured));
  await rm(captured.directory, { recursive: true, force: true });
  return sealed;
}

/**
 * What an earlier run has stored of this generation, the newest where several took one; where a snapshot is captured, that
 * very one: another stack's generation of the same name, perhaps a year old, is no answer to it. An identity that can create
 * objects alone is not told: what is captured is then stored, once more where a run was killed at its very end.
 */
async function before(
  store: Store,
  { cluster, generation }: SealTask,
  captured: Captured,
): Promise<SealedBackup | undefined> {
  const found = await storedGeneration(store, cluster, generation);
  if (found === undefined) return undefined;
  const isCaptured = (await captured.read()) !== undefined;
  if (
    isCaptured &&
    (await digestOf(fileContent(captured.snapshot).open())) !== found.manifest.snapshot.plain.sha256
  )
    return undefined;
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
      "pulumi config set --path backup.generation ANOTHER; pulumi up",
    );
  }
  const snapshot = await readSnapshotFacts(captured.snapshot, { input: "backup" });
  const facts = await compared(task, captured, known, snapshot.kubeSystemUid);
  const recipients =
    task.recipients === undefined ? undefined : await AgeRecipients.of(task.recipients, "backup.recipients");
  const keys = await keysOf(captured.snapshot, recipients);
  const plain = { bytes: snapshot.sizeBytes, sha256: snapshot.sha256 };
  const packed = await packedSnapshot(captured, plain, recipients);
  const { pki } = facts;
  const manifest: NewManifest = {
    ...manifestOf(task, snapshot, facts, await takenAt(captured, facts)),
    ...formOf({ ...packed, plain }, recipients),
    keys: keys.file,
    ...(pki === undefined ? {} : { pki }),
  };
  const bundles = (pki?.bundles ?? []).map(({ file }) => [file, fileContent(captured.fileOf(file))] as const);
  const content = fileContent(packed.path);
  // the key is this run's own: a killed one may have left other bytes below it
  const put = await putBackup(store, content, keys.content, manifest, {
    bundles: Object.fromEntries(bundles),
    keyTime: new Date(),
  });
  return { snapshot: put.snapshot, manifest: put.manifest, revision: snapshot.revision };
}

/** When the snapshot was taken: a store that was down may have made it wait for days. */
const takenAt = async ({ snapshot }: Captured, { time }: CapturedFacts): Promise<string> =>
  time ?? (await stat(snapshot)).mtime.toISOString();

async function keysOf(path: string, recipients: AgeRecipients | undefined): ReturnType<typeof keyList> {
  const listed = await listKeys(path);
  if (!listed.valid) throw new RefusedError(`backup: ${listed.problem.message}`, listed.problem.remedy);
  return keyList(listed.keys, recipients);
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

function manifestOf(
  task: SealTask,
  snapshot: SnapshotFacts,
  facts: CapturedFacts,
  time: string,
): Omit<NewManifest, "formatVersion" | "snapshot" | "recipients"> {
  const { kubernetesVersion } = facts;
  return {
    cluster: task.cluster,
    profile: task.profile,
    generation: task.generation,
    time,
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
    ...(snapshot.census === undefined ? {} : { census: { ...snapshot.census } }),
    ...(snapshot.encryption === undefined
      ? {}
      : { encryption: snapshot.encryption.map((used) => ({ ...used })) }),
  };
}
