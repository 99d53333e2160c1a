import type { Progress } from "../scan";
import type { Problem } from "../verdict";
import { SnapshotFile } from "./snapshotFile";
import { type Packing, packingOf, unpack } from "./unpack";

/** A snapshot that can be read by position, whatever it was packed in. Its file must be closed. */
export interface OpenedSnapshot {
  readonly file: SnapshotFile;
  /** How the file was packed, and its packed size. */
  readonly packed?: { readonly format: Packing; readonly sizeBytes: number };
}

/** Opens a snapshot, unpacking it when it is compressed. */
export function* openSnapshot(path: string): Generator<Progress, OpenedSnapshot | Problem> {
  const file = SnapshotFile.open(path);
  if ("code" in file) return file;
  const format = packingOf(file);
  if (format === undefined) return { file };
  try {
    const unpacked = yield* unpack(file, format);
    return "code" in unpacked ? unpacked : { file: unpacked, packed: { format, sizeBytes: file.size } };
  } finally {
    file.close();
  }
}
