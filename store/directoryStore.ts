import { randomUUID } from "node:crypto";
import { constants, createReadStream, createWriteStream } from "node:fs";
import { copyFile, link, lstat, mkdir, open, readdir, rmdir, unlink } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Content } from "./content";
import { directoryError } from "./directoryErrors";
import { sameBytes } from "./sameBytes";
import { type ByteRange, isStoreKey, type Store, type StoredObject } from "./store";
import { checkStoreDirectory } from "./storeDirectory";
import { invalidKey, StoreError } from "./storeError";

/** Of writes that go on or were killed: hidden, or as earlier versions of this program called them. */
const isUnfinished = (name: string) => name.startsWith(".") || name.endsWith(".part");

/**
 * A store in a directory: for sites without a bucket, and for the lab. Directories have mode 0700, files 0600; nothing in
 * it is ever overwritten.
 */
export class DirectoryStore implements Store {
  readonly location: string;

  /** @param root its directory; made by the first write. @param input what the user gave it as, for messages */
  constructor(
    root: string,
    private readonly input = "backup.directory",
  ) {
    this.location = resolve(root);
  }

  address(key: string): string {
    return join(this.location, key);
  }

  async list(prefix: string): Promise<readonly StoredObject[]> {
    const base = this.address(prefix.slice(0, prefix.lastIndexOf("/") + 1));
    const found: StoredObject[] = [];
    await this.#gather(base, found);
    // what was named by hand, such as a copy of a directory, may have a key that no store takes
    const own = found.filter(({ key }) => key.startsWith(prefix) && isStoreKey(key));
    return own.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Files in the directory itself, by name: nothing of this program's lies there. @throws StoreError */
  async looseFiles(): Promise<readonly StoredObject[]> {
    const found: StoredObject[] = [];
    await this.#gather(this.location, found, false);
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Links are nobody's backup: they are passed over. */
  async #gather(directory: string, found: StoredObject[], isDeep = true): Promise<void> {
    const entries = await readdir(directory, { withFileTypes: true }).catch((cause) => {
      if (cause.code === "ENOENT") return [];
      throw directoryError(this.location, directory, cause);
    });
    for (const entry of entries.filter(({ name }) => !isUnfinished(name))) {
      const path = join(directory, entry.name);
      if (entry.isDirectory() && isDeep) await this.#gather(path, found);
      if (!entry.isFile()) continue;
      const size = await lstat(path).then(
        (stats) => stats.size,
        () => undefined,
      );
      if (size !== undefined) found.push({ key: relative(this.location, path), bytes: size });
    }
  }

  read(key: string, range: ByteRange = { start: 0 }): Readable {
    return Readable.from(this.#bytes(key, range), { objectMode: false });
  }

  async *#bytes(key: string, range: ByteRange): AsyncGenerator<Buffer> {
    const path = this.#path(key);
    try {
      yield* createReadStream(path, { ...range, highWaterMark: 1 << 20 });
    } catch (cause) {
      throw directoryError(this.location, path, cause as NodeJS.ErrnoException);
    }
  }

  async writeOnce(key: string, content: Content): Promise<StoredObject> {
    const path = this.#path(key);
    await checkStoreDirectory(this.location, this.input);
    try {
      const made = await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const aside = join(dirname(path), `.${randomUUID()}`);
      try {
        await fill(aside, content);
        // unlike a rename, a link replaces nothing
        await link(aside, path);
      } finally {
        await unlink(aside).catch(() => undefined);
      }
      await this.#keep(dirname(path), made);
      return { key, bytes: (await lstat(path)).size };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST")
        throw directoryError(this.location, path, cause as NodeJS.ErrnoException);
    }
    if (await sameBytes(content.open(), this.read(key))) return { key, bytes: (await lstat(path)).size };
    throw new StoreError("exists", `${this.input}: ${path} exists already: nothing is ever overwritten.`);
  }

  /**
   * Each directory as far as the store's own may be new, also of a run that was killed: a loss of power must not take it.
   *
   * @param made the uppermost that was made just now
   */
  async #keep(directory: string, made: string | undefined): Promise<void> {
    const top = made !== undefined && this.location.startsWith(made) ? dirname(made) : this.location;
    await sync(directory);
    for (let above = directory; above !== top; ) {
      above = dirname(above);
      await sync(above).catch(unlessUnreadable);
    }
  }

  async remove(key: string): Promise<void> {
    const path = this.#path(key);
    try {
      await unlink(path);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "ENOENT")
        throw directoryError(this.location, path, cause as NodeJS.ErrnoException);
    }
    await this.#removeEmpty(dirname(path));
  }

  /** Upwards, as far as nothing is left in them; the root stays. */
  async #removeEmpty(directory: string): Promise<void> {
    if (directory === this.location || !directory.startsWith(this.location)) return;
    const isGone = await rmdir(directory).then(
      () => true,
      () => false,
    );
    if (isGone) await this.#removeEmpty(dirname(directory));
  }

  #path(key: string): string {
    if (!isStoreKey(key)) throw invalidKey(this.location, key);
    return this.address(key);
  }
}

/** Whole and on the disk, or an error. */
async function fill(path: string, content: Content): Promise<void> {
  if (content.path !== undefined)
    await copyFile(content.path, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  else await pipeline(content.open(), createWriteStream(path, { flags: "wx", mode: 0o600 }));
  const file = await open(path, "r+");
  try {
    await file.chmod(0o600);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A name is kept by its directory. */
async function sync(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What may be entered and not read is somebody else's, and was there before. */
function unlessUnreadable(cause: NodeJS.ErrnoException): void {
  if (cause.code !== "EACCES") throw cause;
}
