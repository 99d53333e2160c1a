import type { Readable } from "node:stream";
import type { EtcdClient, Member } from "../procedure/substrate";
import type { PkiSource } from "./pkiSource";

/** The cluster as its users reach it, as far as a backup asks it. */
export interface UserCluster {
  /** UID of its Namespace kube-system. Rejects when it does not answer. */
  clusterUid(): Promise<string>;
  /** Version of Kubernetes, e.g. "v1.31.2". Rejects when it does not answer. */
  version(): Promise<string>;
}

/** What a backup is taken from. A new substrate provides this. */
export interface BackupSource {
  readonly members: readonly Member[];
  readonly etcd: EtcdClient;
  /** undefined: no kubeconfig for it is known. */
  readonly user: UserCluster | undefined;
  /** Where it is, for messages, e.g. the namespace. */
  readonly place: string;
  /** What to look at when no member answers. */
  readonly look: string;
  /**
   * Where one script saves a snapshot, gives it, and leaves nothing: no `read` and `remove` then. Fails when the save does,
   * or the stream ends before its end. @param seconds of the save
   */
  readonly saved?: (member: string, seconds: number) => Promise<Readable>;
  /** Keys, certificates and configuration beside the data; undefined where they are no part of a backup. */
  readonly pki?: PkiSource;
  /** A file beside the member, as it comes. Fails when it ends before its end. */
  read(member: string, path: string): NodeJS.ReadableStream;
  /** Removes files beside the member; one that is not there is no error. */
  remove(member: string, paths: readonly string[]): Promise<void>;
  /** Ends connections, so that the process can end. */
  close(): void;
}
