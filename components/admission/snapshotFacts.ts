import { type Problem, verifySnapshot } from "../../snapshot";
import { RefusedError } from "../errors";

/** What backups and restores need to know of a snapshot. */
export interface SnapshotFacts {
  /** Absolute path of the file; it may be packed and encrypted, and the other facts are of what comes out of it. */
  readonly path: string;
  /** With the age identities that open it, where it is encrypted. */
  readonly identityFile?: string;
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
  /** Version of the etcd that it is of, e.g. "3.6.0"; undefined when it says none. */
  readonly etcdVersion?: string;
  /** Version of the API server when it was taken, e.g. "v1.30.4"; only a manifest says it. */
  readonly kubernetesVersion?: string;
  /** Namespaces with objects in them. */
  readonly namespaces?: readonly string[];
  /** False only where files without a digest are allowed and this is one. */
  readonly hashed?: boolean;
  /** What is true and worth knowing, and no reason to refuse it. */
  readonly warnings?: readonly string[];
}

/** How a snapshot is read. */
export interface SnapshotReading {
  /** The key under which the user gave the path, for messages. */
  readonly input?: string;
  /** Accept a file without a digest. Default false. */
  readonly allowUnhashed?: boolean;
}

/**
 * Verifies a snapshot, its own digest and its structure, in one pass over the file.
 *
 * @param path absolute
 * @throws RefusedError when nothing may be restored from this file: what is wrong, and the remedy
 */
export async function readSnapshotFacts(path: string, reading: SnapshotReading = {}): Promise<SnapshotFacts> {
  const { input = "restore.snapshot", allowUnhashed = false } = reading;
  const verdict = await verifySnapshot(path, { allowUnhashed });
  if (!verdict.valid)
    throw new RefusedError(`${input}: ${verdict.problem.message}`, remedyOf(verdict.problem));
  const { kubeSystemUid } = verdict.identity;
  const etcdVersion = verdict.versions.storage ?? verdict.versions.cluster;
  return {
    path,
    sizeBytes: verdict.sizeBytes,
    sha256: verdict.sha256,
    ...(verdict.hashed ? { end: verdict.contentSha256 } : {}),
    revision: verdict.revision.toString(),
    ...(kubeSystemUid === null ? {} : { kubeSystemUid }),
    census: verdict.census,
    encryption: verdict.encryption.map(({ provider, keyName }) => ({ provider, keyName })),
    ...(isVersion(etcdVersion) ? { etcdVersion } : {}),
    namespaces: Object.keys(verdict.namespaces),
    hashed: verdict.hashed,
    warnings: verdict.warnings.map(({ message }) => message),
  };
}

/** The reader's remedies name options of the command line; a stack has keys. */
function remedyOf(problem: Problem): string {
  if (problem.code !== "no-digest") return problem.remedy;
  return "Take a snapshot with `etcdctl snapshot save`. If there is no other: pulumi config set --path restore.allowUnhashed true   (then nothing proves its bytes, and writes that were only in the WAL are missing)";
}

/** What a file says is foreign text until it looks like a version. */
function isVersion(text: string | null): text is string {
  return text !== null && /^\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(text);
}
