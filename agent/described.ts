import { RefusedError } from "../components/errors";
import { type Description, describeSnapshot } from "../snapshot";
import type { BackupKey } from "../store/keyList";
import type { NewManifest } from "../store/manifest";

type Valid = Extract<Description, { valid: true }>;

/** What a snapshot on the spool holds: read whole, its structure, its digest and its objects. */
export interface Described extends Valid {
  readonly listed: readonly BackupKey[];
}

/**
 * Reads a snapshot.
 *
 * @param moved called now and then. @throws RefusedError when it is damaged, or another one than was received
 */
export async function describe(path: string, sha256: string, moved: () => void): Promise<Described> {
  const found = await describeSnapshot(path, {}, moved);
  if (!found.valid) throw new RefusedError(`snapshot: ${found.problem.message}`, found.problem.remedy);
  if (found.inspection.sha256 !== sha256)
    throw new RefusedError(
      `snapshot: what the disk has is not what came: SHA-256 ${found.inspection.sha256}, not ${sha256}.`,
      "Look at the disk of the spool.",
    );
  const listed = found.keys.map(({ revision, ...key }) => ({ ...key, revision: `${revision}` }));
  return { ...found, listed };
}

/** @throws RefusedError when a snapshot is not of the cluster that was expected */
export function checkIdentity({ inspection }: Described, expected: string | undefined): void {
  const { kubeSystemUid } = inspection.identity;
  if (expected === undefined || kubeSystemUid === expected) return;
  const what = kubeSystemUid === null ? "holds no Namespace kube-system" : `is of UID ${kubeSystemUid}`;
  throw new RefusedError(
    `kubeSystemUid: the snapshot ${what}, the settings expect ${expected}: members are of another cluster.`,
    "Look: members of the settings.",
  );
}

/** What a manifest says of a snapshot's content. */
export function contentOf({
  inspection,
}: Described): Pick<NewManifest, "kubeSystemUid" | "census" | "encryption"> {
  const { identity, census, encryption } = inspection;
  return {
    ...(identity.kubeSystemUid === null ? {} : { kubeSystemUid: identity.kubeSystemUid }),
    census: { ...census },
    encryption: encryption.map(({ provider, keyName }) => ({ provider, keyName })),
  };
}
