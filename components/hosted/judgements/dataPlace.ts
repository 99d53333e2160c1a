import { plainPath } from "../../procedure/plainPath";
import { misset, type Refusal, refused } from "../../procedure/refusal";

/** Where a member's data lies in its Pod. */
export interface DataPlaceFacts {
  readonly statefulSet: string;
  /** As the configuration says: where the volume is mounted, and what is etcd's `--data-dir`. */
  readonly dataDirectory: string;
  /** How etcd's container mounts the volume; undefined: its template does not say it. */
  readonly mount:
    | { readonly mountPath: string; readonly subPath?: string; readonly subPathExpr?: string }
    | undefined;
  /** etcd's own flags; undefined where nothing says one. */
  readonly dataDir: string | undefined;
  readonly walDir: string | undefined;
}

/**
 * A utility Pod sees the whole volume, and takes its root for etcd's data directory. Where that lies elsewhere the restored
 * data would be put beside etcd's own, and etcd would start on what it had.
 */
export function judgeDataPlace(facts: DataPlaceFacts): Refusal | undefined {
  const { statefulSet, dataDirectory, mount, dataDir, walDir } = facts;
  const part = mount?.subPath || mount?.subPathExpr;
  if (part)
    return refused(
      "data-sub-path",
      `StatefulSet ${statefulSet}: ${mount?.mountPath} is mounted by subPath ${part}: a utility Pod would not find etcd's data at the root of the volume`,
      `Mount the volume itself, with the data at its root, or restore by hand.`,
    );
  const wanted = plainPath(dataDirectory);
  const set = "pulumi config set --path overrides.etcd.dataDirectory PATH";
  if (mount !== undefined && plainPath(mount.mountPath) !== wanted)
    return misset(
      "data-mount",
      `overrides.etcd.dataDirectory: the configuration says ${dataDirectory}, StatefulSet ${statefulSet} mounts its volume at ${mount.mountPath}`,
      `${set}   (where the volume is mounted; etcd's --data-dir must be the same)`,
    );
  if (isKnown(dataDir) && plainPath(dataDir) !== wanted)
    return misset(
      "data-directory",
      `overrides.etcd.dataDirectory: the configuration says ${dataDirectory}, etcd of StatefulSet ${statefulSet} has --data-dir ${dataDir}`,
      `${set}   (it must be where the volume is mounted, and etcd's --data-dir)`,
    );
  if (!isKnown(walDir) || plainPath(walDir) === `${wanted}/member/wal`) return undefined;
  return refused(
    "wal-directory",
    `StatefulSet ${statefulSet}: etcd has its log apart, at --wal-dir ${walDir}: a restore would leave it there, and etcd would start on the old one`,
    "Let etcd keep its log in its data directory, or restore by hand.",
  );
}

/** A path; what a shell or Kubernetes puts in its place is not known. */
const isKnown = (path: string | undefined): path is string => path !== undefined && /^\/[^$]*$/.test(path);
