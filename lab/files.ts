import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access, chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** Whether something exists at `path`. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Whether `path` is a program that may be run. */
export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Writes a file and the directories above it. Default mode 0644; 0600 for whatever holds a key. */
export async function writeTree(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content, { mode });
  await chmod(path, mode);
}

/** Replaces a file at once: readers see the old content or the new. */
export async function replaceFile(path: string, content: string, mode = 0o600): Promise<void> {
  const temporary = temporaryName(path);
  await writeTree(temporary, content, mode);
  await rename(temporary, path);
}

/** A name beside the path that nobody else uses, in this process or another. */
export function temporaryName(path: string): string {
  return `${path}.${randomBytes(6).toString("hex")}.tmp`;
}

/** Removes a tree; nothing there is fine. */
export async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
