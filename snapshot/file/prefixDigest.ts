import { createHash } from "node:crypto";
import type { SnapshotFile } from "./snapshotFile";
import { WINDOW_BYTES } from "./windowReader";

/** SHA-256 of the first `length` bytes. */
export function prefixDigest(file: SnapshotFile, length: number): Buffer {
  const hash = createHash("sha256");
  const window = Buffer.allocUnsafe(Math.min(WINDOW_BYTES, length));
  for (let at = 0; at < length; at += window.length) {
    const part = window.subarray(0, Math.min(window.length, length - at));
    hash.update(part.subarray(0, file.readInto(part, at)));
  }
  return hash.digest();
}

/** Whether the 32 bytes behind the first `contentBytes` are their SHA-256. */
export function compareDigest(file: SnapshotFile, contentBytes: number): boolean {
  const found = file.read(contentBytes, 32);
  return found.some((byte) => byte !== 0) && found.equals(prefixDigest(file, contentBytes));
}
