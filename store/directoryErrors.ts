import { StoreError, type StoreFault } from "./storeError";

const known: Readonly<Record<string, readonly [StoreFault, string, string]>> = {
  ENOENT: ["missing", "is not there", "Look: etcd-recovery catalog list --store '%s'"],
  ENOTDIR: ["missing", "is not there", "Look: etcd-recovery catalog list --store '%s'"],
  EACCES: ["denied", "may not be touched by this user", "Look: ls -ld '%s'"],
  EPERM: ["denied", "may not be touched by this user", "Look: lsattr -d '%s'; ls -ld '%s'"],
  EROFS: ["denied", "lies on a read-only file system", "Look: findmnt --target '%s'"],
  ENOSPC: ["full", "does not fit: the file system is full", "Look: df -h '%s'"],
  EDQUOT: ["full", "does not fit: the quota is used up", "Look: quota"],
  EFBIG: ["full", "is larger than the file system takes", "Look: findmnt --target '%s'"],
};

/** What a file system's answer means for a store. */
export function directoryError(root: string, path: string, cause: NodeJS.ErrnoException): Error {
  if (cause instanceof StoreError || cause.code === undefined) return cause;
  const [fault, sentence, remedy] = known[cause.code] ?? [
    "failed" as const,
    `cannot be used: ${cause.code}`,
    "Look: ls -ld '%s'",
  ];
  return new StoreError(fault, `${path}: ${sentence}.`, remedy.replaceAll("%s", root));
}
