import type { EtcdutlFile } from "../admission/etcdutlFile";
import { type Overrides, overridesText } from "../admission/overrides";
import type { SnapshotFacts } from "../admission/snapshotFacts";
import { membersOf } from "../hosted/hostedCluster";
import type { HostedGraphArgs } from "../hosted/hostedGraph";
import type { OperationArgs } from "../hosted/operationArgs";
import type { Request, SnapshotRequest } from "../procedure/request";

interface RestoreTask extends OperationArgs {
  /** UID of Namespace kube-system that the snapshot must have; default: the live cluster's, where it answers. */
  readonly clusterUid?: string;
  /** UID that the newest manifest of this cluster names: what counts where the live cluster does not answer. */
  readonly manifestUid?: string;
  /** Why a cluster with a living quorum is restored all the same; recorded in the ledger. */
  readonly reason?: string;
  /** A static etcdutl for utility images that have none that fits ({@link readEtcdutl}). */
  readonly etcdutl?: EtcdutlFile;
  /** What is restored although a check says no; recorded in the ledger. */
  readonly overrides?: Overrides;
  /** Replicas of workloads that are at 0 and shall not stay there, by `Kind/name`. */
  readonly replicas?: Readonly<Record<string, number>>;
}

/** Where the data of a restore comes from; exactly one. */
type RestoreOrigin =
  | {
      /** The verified snapshot ({@link readSnapshotFacts}). */
      readonly snapshot: SnapshotFacts;
      readonly rollback?: undefined;
    }
  | {
      /** Id of a finished restore: what it put aside on the members' volumes becomes the cluster's data again. */
      readonly rollback: string;
      readonly snapshot?: undefined;
    };

/** A restore of a hosted cluster, when all that is asked of files has been answered. */
export type DecidedRestore = RestoreTask & RestoreOrigin;

/** Everything about a restore that can be said before it runs: pure, and equal for equal arguments. */
export interface RestorePlan extends HostedGraphArgs {
  readonly operation: "restore" | "rollback";
}

/** @returns the plan; nothing is read or asked here. */
export function planHostedRestore(args: DecidedRestore): RestorePlan {
  const { cluster, id, utilityImage } = args;
  const operation = args.rollback === undefined ? "restore" : "rollback";
  return { operation, cluster, id, utilityImage, members: membersOf(cluster), request: requestOf(args) };
}

/** What is asked for, whatever the members live on. */
export type Asked = Omit<RestoreTask, "cluster" | "id" | "utilityImage"> & {
  readonly utilityImage?: string;
  /** What is set to 0 before anybody else reaches the restored cluster. */
  readonly quarantine?: readonly string[];
} & RestoreOrigin;

export function requestOf(args: Asked): Request {
  const {
    snapshot,
    rollback,
    utilityImage,
    etcdutl,
    reason,
    clusterUid,
    replicas,
    quarantine,
    overrides = {},
  } = args;
  const given = overridesText({ ...overrides, ...(clusterUid === undefined ? {} : { clusterUid }) });
  return definedOnly<Request>({
    utilityImage,
    snapshot: snapshot === undefined ? undefined : snapshotRequest(snapshot, args.manifestUid),
    rollback,
    etcdutl,
    reason,
    clusterUid,
    allowVersion: overrides.allowVersion,
    allowKubernetesVersion: overrides.allowKubernetesVersion,
    allowEncryption: overrides.allowEncryption === undefined ? undefined : [...overrides.allowEncryption],
    replicas: replicas === undefined ? undefined : { ...replicas },
    quarantine: quarantine === undefined ? undefined : [...quarantine],
    overrides: given === "" ? undefined : given,
  });
}

function snapshotRequest(facts: SnapshotFacts, manifestUid: string | undefined): SnapshotRequest {
  const {
    path,
    identityFile,
    sizeBytes,
    sha256,
    end,
    revision,
    kubeSystemUid,
    etcdVersion,
    kubernetesVersion,
  } = facts;
  // a key of kms has values of both its versions under one name
  const encryption = [...new Set(facts.encryption?.map(({ provider, keyName }) => `${provider}:${keyName}`))];
  return definedOnly<SnapshotRequest>({
    path,
    identityFile,
    sizeBytes,
    sha256,
    end,
    revision,
    kubeSystemUid,
    etcdVersion,
    kubernetesVersion,
    encryption: encryption.length === 0 ? undefined : encryption,
    manifestUid,
  });
}

/** Absent and undefined are one in JSON; equal arguments shall render equal resources. */
function definedOnly<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}
