import * as fs from "node:fs";
import type { Problem } from "../verdict";

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

  /** Fills `target` from `position` on; answers the number of bytes read, smaller only at the end of the file. */
  readInto(target: Uint8Array, position: number): number {
    let filled = 0;
    while (filled < target.length) {
      const n = fs.readSync(this.fd, target, filled, target.length - filled, position + filled);
      if (n === 0) break;
      filled += n;
    }
    return filled;
  }

  /** The bytes from `position` on, fewer than `length` only at the end of the file. */
  read(position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.size - position)));
    return bytes.subarray(0, this.readInto(bytes, position));
  }

  /** Whether somebody has written to the file since it was opened. */
  hasChanged(): boolean {
    const stat = fs.fstatSync(this.fd);
    return stat.size !== this.size || stat.mtimeMs !== this.mtimeMs;
  }

  close(): void {
    fs.closeSync(this.fd);
  }
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
    ENOTDIR: " (a part of the path is no directory)",
    EACCES: " (permission denied)",
    EISDIR: " (is a directory)",
    ELOOP: " (too many symbolic links)",
    EIO: " (the disk reports an error)",
  };
  return known[errno] ?? "";
}
