import { verifySnapshot } from "../../snapshot";
import { UserError } from "../errors";

/** What backups and restores need to know of a snapshot. */
export interface SnapshotFacts {
  /** Absolute path of the file. */
  readonly path: string;
  readonly sizeBytes: number;
  /** SHA-256 of the whole file, its trailer included, in hex. */
  readonly sha256: string;
  /**
   * Its last 32 bytes in hex, which are the SHA-256 of all before them: with its length they stand for the whole file,
   * and etcd's own tool proves them. Undefined for a file without them, of which `sha256` is then the only proof.
   */
  readonly end?: string;
  /** The newest revision in it, in decimal. */
  readonly revision: string;
  /** UID of its Namespace kube-system; undefined when it holds none that can be read. */
  readonly kubeSystemUid?: string;
  /** Live objects by kind. */
  readonly census?: Readonly<Record<string, number>>;
  /** Providers and keys of encryption at rest that its values name. */
  readonly encryption?: readonly { readonly provider: string; readonly keyName: string }[];
}

/**
 * Verifies a snapshot, its own digest and its structure, in one pass over the file.
 *
 * @param path absolute. @param input the key under which the user gave the path, for messages
 * @throws UserError when nothing may be restored from this file: what is wrong, and the remedy
 */
export async function readSnapshotFacts(path: string, input = "restore.snapshot"): Promise<SnapshotFacts> {
  const verdict = await verifySnapshot(path);
  if (!verdict.valid) throw new UserError(`${input}: ${verdict.problem.message}`, verdict.problem.remedy);
  const { kubeSystemUid } = verdict.identity;
  return {
    path,
    sizeBytes: verdict.sizeBytes,
    sha256: verdict.sha256,
    ...(verdict.hashed ? { end: verdict.contentSha256 } : {}),
    revision: verdict.revision.toString(),
    ...(kubeSystemUid === null ? {} : { kubeSystemUid }),
    census: verdict.census,
    encryption: verdict.encryption.map(({ provider, keyName }) => ({ provider, keyName })),
  };
}
