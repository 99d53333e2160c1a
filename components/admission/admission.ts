import type { Overrides } from "./overrides";
import { readSnapshotFacts, type SnapshotFacts } from "./snapshotFacts";
import { readSnapshotOrigin } from "./snapshotOrigin";
import { checkRole, type SnapshotTarget } from "./snapshotRole";

/** What a snapshot is to be restored into, and what was said to let pass. */
export interface AdmissionArgs {
  readonly cluster: SnapshotTarget;
  readonly overrides: Overrides;
  readonly clusterUid?: string;
  /** Where the snapshot lies, where it was unpacked or decrypted to be read. Absolute; default: where it is read. */
  readonly stored?: string;
  /** With the age identities that open it there. */
  readonly identityFile?: string;
}

/** A snapshot that may be restored, as far as files can say. */
export interface AdmittedSnapshot {
  readonly snapshot: SnapshotFacts;
  /** Path of the cluster's newest backup, when it is newer than this one. */
  readonly newest?: string | undefined;
  /** UID that the cluster's newest manifest names: whose snapshot it must be, where the cluster cannot be asked. */
  readonly manifestUid?: string;
  /** What is worth knowing before `pulumi up`. */
  readonly warnings: readonly string[];
}

/**
 * Everything that is asked about a snapshot before a cluster is: the file itself, its manifest, whose it is.
 *
 * @param path of the file that is read; absolute
 * @throws RefusedError when it must not be restored here
 */
export async function admitSnapshot(path: string, args: AdmissionArgs): Promise<AdmittedSnapshot> {
  const { cluster, overrides, clusterUid, identityFile } = args;
  const read = await readSnapshotFacts(path, { allowUnhashed: overrides.allowUnhashed === true });
  const facts = {
    ...read,
    path: args.stored ?? read.path,
    ...(identityFile === undefined ? {} : { identityFile }),
  };
  const origin = await readSnapshotOrigin(facts, {
    cluster: cluster.name,
    ...(clusterUid === undefined ? {} : { clusterUid }),
  });
  await checkRole(facts, cluster, overrides);
  // The manifest knows the very version of the member; the store knows its minor.
  const etcdVersion = origin.manifest?.etcd.version || facts.etcdVersion;
  const kubernetesVersion = origin.manifest?.kubernetesVersion;
  return {
    snapshot: {
      ...facts,
      ...(etcdVersion === undefined ? {} : { etcdVersion }),
      ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
    },
    ...(origin.newest === undefined ? {} : { newest: origin.newest }),
    ...(origin.manifestUid === undefined ? {} : { manifestUid: origin.manifestUid }),
    warnings: [...(facts.warnings ?? []), ...origin.warnings],
  };
}
