import type { Progress } from "../scan";
import type { Problem } from "../verdict";
import type { ArchiveOptions } from "./archiveProblem";
import { SnapshotFile } from "./snapshotFile";
import { type Packing, packingOf, unpack } from "./unpack";

/** A snapshot that can be read by position, whatever it was packed in. Its file must be closed. */
export interface OpenedSnapshot {
  readonly file: SnapshotFile;
  readonly packed?: PackedIn;
}

/** How a file was packed, and its packed size; of an archive the member that is the snapshot. */
export interface PackedIn {
  readonly format: Packing;
  readonly sizeBytes: number;
  readonly member?: string;
}

/** Opens a snapshot, unpacking it when it is compressed. @param archive how to find it in one; undefined: none is read */
export function* openSnapshot(
  path: string,
  archive?: ArchiveOptions,
): Generator<Progress, OpenedSnapshot | Problem> {
  const file = SnapshotFile.open(path);
  if ("code" in file) return file;
  const format = packingOf(file);
  if (format === undefined) return { file };
  try {
    const unpacked = yield* unpack(file, format, archive);
    if ("code" in unpacked) return unpacked;
    const { file: snapshot, ...member } = unpacked;
    return { file: snapshot, packed: { format, sizeBytes: file.size, ...member } };
  } finally {
    file.close();
  }
}
