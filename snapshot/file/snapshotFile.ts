import * as fs from "node:fs";
import type { Problem } from "../verdict";
import { ReadError } from "./readError";

/** An open file that is read by position. Must be closed. */
export class SnapshotFile {
  private constructor(
    /** As the user wrote it; the name in every message. */
    readonly path: string,
    /** Open for reading as long as this object is not closed. */
    readonly fd: number,
    /** Bytes, at the time of opening. */
    readonly size: number,
    private readonly mtimeMs: number,
  ) {}

  /** Opens a regular file. Directories, devices and FIFOs are refused by type, before anything is opened. */
  static open(path: string): SnapshotFile | Problem {
    let fd: number | undefined;
    try {
      const type = fs.statSync(path);
      if (!type.isFile()) return notAFile(path, type);
      fd = fs.openSync(path, "r");
      const stat = fs.fstatSync(fd);
      if (!stat.isFile()) {
        fs.closeSync(fd);
        return notAFile(path, stat);
      }
      if (isSparse(stat)) {
        fs.closeSync(fd);
        return sparse(path, stat);
      }
      return new SnapshotFile(path, fd, stat.size, stat.mtimeMs);
    } catch (error) {
      return cannotOpen(path, error);
    }
  }

  /** Takes over an open, already unlinked file, such as an unpacked snapshot. */
  static adopt(path: string, fd: number): SnapshotFile {
    const stat = fs.fstatSync(fd);
    return new SnapshotFile(path, fd, stat.size, stat.mtimeMs);
  }

  /**
   * Fills `target` from `position` on; answers the number of bytes read, smaller only at the end of the file.
   * @throws ReadError when the disk fails, or when the file ends before the size that it had.
   */
  readInto(target: Uint8Array, position: number): number {
    const wanted = Math.max(0, Math.min(target.length, this.size - position));
    for (let filled = 0; filled < wanted; ) {
      const n = this.readOnce(target, filled, wanted - filled, position + filled);
      if (n === 0) throw ReadError.changed(this.path);
      filled += n;
    }
    return wanted;
  }

  /** The bytes from `position` on, fewer than `length` only at the end of the file. */
  read(position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.size - position)));
    return bytes.subarray(0, this.readInto(bytes, position));
  }

  /** @throws ReadError when somebody has written to the file since it was opened. */
  checkUnchanged(): void {
    if (this.hasChanged()) throw ReadError.changed(this.path);
  }

  /** Whether somebody has written to the file since it was opened. */
  hasChanged(): boolean {
    const stat = fs.fstatSync(this.fd);
    return stat.size !== this.size || stat.mtimeMs !== this.mtimeMs;
  }

  close(): void {
    fs.closeSync(this.fd);
  }

  private readOnce(target: Uint8Array, offset: number, length: number, position: number): number {
    try {
      return fs.readSync(this.fd, target, offset, length, position);
    } catch (error) {
      throw ReadError.failed(this.path, error);
    }
  }
}

/** Above this, reading holes takes minutes, and nothing that etcd wrote is so empty. */
const SPARSE_FROM_BYTES = 16 * 1024 ** 3;
const SPARSEST = 64;

/** Some file systems say 0 blocks of every file. */
function isSparse({ size, blocks }: fs.Stats): boolean {
  return size >= SPARSE_FROM_BYTES && blocks > 0 && blocks * 512 * SPARSEST < size;
}

function sparse(path: string, { size, blocks }: fs.Stats): Problem {
  const message = `${path}: is a sparse file: of its ${size} bytes, ${blocks * 512} are on the disk, the others were never written.`;
  return { code: "sparse", message, remedy: "Take another copy of the snapshot: this one is not whole." };
}

function notAFile(path: string, stat: fs.Stats): Problem {
  const kinds: [boolean, string][] = [
    [stat.isDirectory(), "a directory"],
    [stat.isFIFO(), "a FIFO"],
    [stat.isSocket(), "a socket"],
    [stat.isCharacterDevice() || stat.isBlockDevice(), "a device"],
  ];
  const kind = kinds.find(([is]) => is)?.[1] ?? "no regular file";
  const remedy = stat.isDirectory()
    ? "Give the snapshot file itself, as `etcdctl snapshot save` wrote it."
    : "Save the data to a regular file first.";
  return { code: "not-a-file", message: `${path}: is ${kind}, not a file.`, remedy };
}

function cannotOpen(path: string, error: unknown): Problem {
  const errno = (error as NodeJS.ErrnoException).code ?? "unknown error";
  const message = `${path}: cannot be opened: ${errno}${explain(errno)}.`;
  return errno === "ENOENT" || errno === "ENOTDIR"
    ? { code: "not-found", message, remedy: "Check the path." }
    : { code: "unreadable", message, remedy: `Check the permissions: ls -l ${path}` };
}

function explain(errno: string): string {
  const known: Record<string, string> = {
    ENOENT: " (no such file)",
    ENOTDIR: " (a part of the path is not a directory)",
    EACCES: " (permission denied)",
    EISDIR: " (is a directory)",
    ELOOP: " (too many symbolic links)",
    EIO: " (the disk reports an error)",
  };
  return known[errno] ?? "";
}
