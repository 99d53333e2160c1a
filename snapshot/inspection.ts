import type { Alarm, Member } from "./etcd/etcdState";
import type { PackedIn } from "./file/openedSnapshot";
import type { Encryption } from "./kubernetes/encryption";
import { type JsonRevision, revisionToJson } from "./revision";
import type { Problem, Warning } from "./verdict";

/** One of the keys that are large or written often. */
export interface RankedKey {
  /** As stored in etcd. */
  readonly key: string;
  /** Empty for a key that is no Kubernetes object. */
  readonly kind: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  /** Bytes of the newest value. */
  readonly bytes: number;
  /** Revisions of the key that the file holds. */
  readonly revisions: number;
}

/** All that is said about a snapshot that is safe to restore from. */
export interface ValidInspection {
  readonly valid: true;
  /** Of the snapshot itself, unpacked and with its digest. */
  readonly sizeBytes: number;
  /** For a compressed file: how, and its own size; the member of an archive. */
  readonly packed?: PackedIn;
  /** SHA-256 of the whole unpacked file, as `sha256sum` prints it. */
  readonly sha256: string;
  /** SHA-256 of all but the digest at the file's end: where the file has one, it is this. */
  readonly contentSha256: string;
  /** False only with `allowUnhashed`: nothing proves the bytes. */
  readonly hashed: boolean;
  /** Revision that a restore without `--bump-revision` comes back to. */
  readonly revision: bigint;
  /** Revision up to which history is gone; 0n when never compacted. */
  readonly compactedRevision: bigint;
  /** Keys that exist at `revision`, of Kubernetes or not. */
  readonly keys: number;
  /** Revisions of keys that the file holds, deletions included. */
  readonly revisions: number;
  readonly leases: number;
  readonly members: readonly Member[];
  readonly alarms: readonly Alarm[];
  readonly versions: { readonly cluster: string | null; readonly storage: string | null };
  /** `kubeSystemUid` is null when the snapshot holds no readable namespace kube-system. */
  readonly identity: { readonly kubeSystemUid: string | null };
  /** Providers and keys that the API server needs to read this snapshot, in order of first occurrence. */
  readonly encryption: readonly Encryption[];
  /** Kubernetes objects by kind. */
  readonly census: Readonly<Record<string, number>>;
  /** Kubernetes objects by namespace; cluster-scoped ones are not counted here. */
  readonly namespaces: Readonly<Record<string, number>>;
  /**
   * Values under keys of Kubernetes objects that cannot be read, by resource and group as the keys say them, such as
   * `widgets.example.com`. In neither of the counts around.
   */
  readonly unreadable: Readonly<Record<string, number>>;
  /** Keys that are no Kubernetes objects. */
  readonly otherKeys: number;
  /** At most 10, largest first. */
  readonly largest: readonly RankedKey[];
  /** At most 10, most revisions first; only keys with more than one. */
  readonly churn: readonly RankedKey[];
  readonly pages: { readonly size: number; readonly total: number; readonly free: number };
  readonly warnings: readonly Warning[];
}

/** The snapshot is refused: nothing may be restored from it. */
export interface RefusedInspection {
  readonly valid: false;
  readonly problem: Problem;
}

/** What {@link verifySnapshot} answers; it never throws for a bad file. */
export type Verdict = ValidInspection | RefusedInspection;

/** {@link Verdict} with revisions as JSON has them. */
export function verdictToJson(verdict: Verdict): Record<string, unknown> {
  if (!verdict.valid) return { ...verdict };
  const json: Record<string, unknown> & { revision: JsonRevision } = {
    ...verdict,
    revision: revisionToJson(verdict.revision),
    compactedRevision: revisionToJson(verdict.compactedRevision),
  };
  return json;
}
