import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type BackupManifest, MANIFEST, readManifest } from "../../store/manifest";
import { isBucketUrl } from "../../store/openStore";
import { errorOf, type Refusal, refused } from "../procedure/refusal";
import type { PkiRequest } from "../procedure/request";

const KEY = "restore.pki.from";
const OTHER = `Choose another backup: pulumi config set --path ${KEY} BACKUP_DIRECTORY`;
type PkiManifest = NonNullable<Exclude<BackupManifest, { formatVersion: 1 }>["pki"]>;

/** Whose keys are wanted. */
export interface PkiWanted {
  readonly cluster: string;
  readonly members: readonly string[];
  /** UID of kube-system in the snapshot that is restored; undefined where it says none. */
  readonly kubeSystemUid: string | undefined;
}

/**
 * The bundles of a backup.
 *
 * @param from directory of the backup, or the path of a file in it; absolute
 * @throws UserError when it is none, or one of another cluster, or lacks a machine's bundle
 */
export async function readPkiBackup(from: string, wanted: PkiWanted): Promise<PkiRequest> {
  const directory = await directoryOf(from);
  const manifest = await manifestIn(directory);
  const pki = manifest === undefined ? undefined : pkiIn(manifest);
  const refusal = judgePkiBackup(directory, manifest, wanted);
  if (refusal !== undefined) throw errorOf(refusal);
  const bundles = (pki?.bundles ?? []).filter(({ machine }) => wanted.members.includes(machine));
  return {
    directory,
    bundles: bundles.map(({ machine, file, plain }) => ({ member: machine, file, ...plain })),
  };
}

/** The certificates that the manifest beside a snapshot names; [] where there is none that does. */
export async function certificatesBeside(snapshot: string): Promise<PkiManifest["certificates"]> {
  const manifest = await manifestIn(dirname(snapshot)).catch(() => undefined);
  return (manifest === undefined ? undefined : pkiIn(manifest)?.certificates) ?? [];
}

/** Why a backup's bundles are not those that are wanted. */
export function judgePkiBackup(
  directory: string,
  manifest: BackupManifest | undefined,
  { cluster, members, kubeSystemUid }: PkiWanted,
): Refusal | undefined {
  const no = (code: string, what: string) => refused(code, `restore.pki: ${directory}: ${what}`, OTHER);
  if (manifest === undefined)
    return no("pki-no-backup", `is no backup: it has no ${MANIFEST} of this program`);
  const { kubeSystemUid: uid, cluster: name } = manifest;
  if (uid !== undefined && kubeSystemUid !== undefined && uid !== kubeSystemUid)
    return no(
      "pki-cluster",
      `is a backup of another cluster, ${name}: its kube-system has UID ${uid}, the snapshot's ${kubeSystemUid}`,
    );
  if ((uid === undefined || kubeSystemUid === undefined) && name !== cluster)
    return no("pki-cluster", `is a backup of cluster ${name}, this stack restores ${cluster}`);
  const bundles = pkiIn(manifest)?.bundles ?? [];
  if (bundles.length === 0)
    return no("pki-absent", "is a backup without keys: it was not taken from machines");
  const without = members.filter((member) => !bundles.some(({ machine }) => machine === member));
  if (without.length === 0) return undefined;
  return no("pki-absent", `has no bundle of ${without.map((member) => `machine ${member}`).join(", ")}`);
}

const pkiIn = (manifest: BackupManifest): PkiManifest | undefined =>
  manifest.formatVersion === 1 ? undefined : manifest.pki;

async function directoryOf(from: string): Promise<string> {
  if (isBucketUrl(from))
    throw errorOf(
      refused(
        "pki-bucket",
        `${KEY}: ${from}: bundles of keys are read from a directory`,
        "gcloud storage cp -r",
      ),
    );
  const found = await stat(from).catch((cause: NodeJS.ErrnoException) => {
    throw errorOf(refused("pki-no-backup", `${KEY}: ${from}: cannot be read: ${cause.code}`, OTHER));
  });
  return found.isDirectory() ? from : dirname(from);
}

async function manifestIn(directory: string): Promise<BackupManifest | undefined> {
  const text = await readFile(join(directory, MANIFEST), "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return undefined;
    throw errorOf(
      refused("pki-no-backup", `restore.pki: ${directory}: cannot be read: ${cause.code}`, OTHER),
    );
  });
  return text === undefined ? undefined : readManifest(text).manifest;
}
