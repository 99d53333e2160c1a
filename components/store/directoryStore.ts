import { constants } from "node:fs";
import { copyFile, type FileHandle, mkdir, open, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors";
import { checkStoreDirectory } from "./storeDirectory";
import { type BackupManifest, backupKey, manifestSchema } from "./storedBackup";

/** A backup in a directory store. */
export interface DirectoryBackup {
  /** Directory of this backup. */
  readonly path: string;
  readonly snapshot: string;
  readonly manifest: string;
}

/** A backup in a directory store, with what its manifest says. */
export interface ListedBackup {
  /** Directory of this backup. */
  readonly path: string;
  readonly snapshot: string;
  readonly manifest: BackupManifest;
}

/**
 * A store in a directory: for sites without a bucket, and for the lab. Directories have mode 0700, files 0600;
 * nothing in it is ever overwritten.
 */
export class DirectoryStore {
  constructor(readonly root: string) {}

  /**
   * Takes a snapshot into the store, the manifest last.
   *
   * @param snapshotPath a verified file; moved when it lies on the store's file system, else copied
   * @throws UserError when the store is open to others, or holds this backup already
   */
  async put(snapshotPath: string, manifest: BackupManifest): Promise<DirectoryBackup> {
    await this.checkRoot();
    const path = join(
      this.root,
      backupKey(manifest.cluster, new Date(manifest.time), manifest.snapshot.plain.sha256),
    );
    await mkdir(path, { recursive: true, mode: 0o700 });
    const backup = {
      path,
      snapshot: join(path, manifest.snapshot.file),
      manifest: join(path, "manifest.json"),
    };
    await copyFile(snapshotPath, backup.snapshot, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE).catch(
      refuseExisting(backup.snapshot),
    );
    await sync(backup.snapshot);
    await writeOnce(backup.manifest, `${JSON.stringify(manifest, null, 2)}\n`);
    return backup;
  }

  /** @returns the backup of that generation, newest first where several runs took one; undefined when there is none. */
  async find(cluster: string, generation: string): Promise<DirectoryBackup | undefined> {
    const found = (await this.list(cluster)).find(({ manifest }) => manifest.generation === generation);
    return found === undefined
      ? undefined
      : { path: found.path, snapshot: found.snapshot, manifest: join(found.path, "manifest.json") };
  }

  /** @returns every finished backup of the cluster, newest first; what is no manifest of ours is passed over. */
  async list(cluster: string): Promise<readonly ListedBackup[]> {
    const base = join(this.root, "v1", cluster);
    const entries = await readdir(base, { recursive: true }).catch(() => []);
    const manifests = entries.filter((name) => name.endsWith("/manifest.json")).sort();
    const all = await Promise.all(manifests.reverse().map((entry) => listed(join(base, entry, ".."))));
    return all.filter((backup) => backup !== undefined);
  }

  private async checkRoot(): Promise<void> {
    await checkStoreDirectory(this.root);
    await mkdir(this.root, { recursive: true, mode: 0o700 });
  }
}

async function listed(path: string): Promise<ListedBackup | undefined> {
  const text = await readFile(join(path, "manifest.json"), "utf8").catch(() => "");
  const { success, data } = manifestSchema.safeParse(parseJson(text));
  return success ? { path, snapshot: join(path, data.snapshot.file), manifest: data } : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refuseExisting(path: string): (cause: NodeJS.ErrnoException) => never {
  return (cause) => {
    if (cause.code === "EEXIST")
      throw new UserError(`backup.directory: ${path} exists already: nothing is ever overwritten.`);
    throw cause;
  };
}

async function writeOnce(path: string, text: string): Promise<void> {
  const part = `${path}.part`;
  const file = await open(part, "wx", 0o600);
  await finish(file, async () => file.writeFile(text));
  await rename(part, path);
}

async function sync(path: string): Promise<void> {
  const file = await open(path, "r+");
  await finish(file, async () => file.chmod(0o600));
}

async function finish(file: FileHandle, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    await file.sync();
  } finally {
    await file.close();
  }
}
