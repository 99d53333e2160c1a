import { RefusedError } from "../components/errors";
import { type Description, describeSnapshot, type KnownDigests } from "../snapshot";
import type { NewManifest } from "../store/manifest";

/** What a snapshot on the spool holds: read whole, its structure, its digest and its objects. */
export type Described = Extract<Description, { valid: true }>;

/**
 * Reads a snapshot that was hashed while it was written: its length, every page and the digest at its end are checked,
 * the rest is not hashed a second time. What is stored is packed from the stream, never from this file.
 *
 * @param moved called now and then. @throws RefusedError when it is damaged
 */
export async function describe(path: string, known: KnownDigests, moved: () => void): Promise<Described> {
  const found = await describeSnapshot(path, { known }, moved);
  if (!found.valid) throw new RefusedError(`snapshot: ${found.problem.message}`, found.problem.remedy);
  return found;
}

/** @throws RefusedError when a snapshot is not of the cluster that was expected */
export function checkIdentity(
  { inspection }: Described,
  expected: string | undefined,
  because = "members are of another cluster",
): void {
  const { kubeSystemUid } = inspection.identity;
  if (expected === undefined || kubeSystemUid === expected) return;
  const what = kubeSystemUid === null ? "holds no Namespace kube-system" : `is of UID ${kubeSystemUid}`;
  throw new RefusedError(
    `kubeSystemUid: the snapshot ${what}, the settings expect ${expected}: ${because}.`,
    "Look: members and store of the settings.",
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
