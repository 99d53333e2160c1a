import { resolve } from "node:path";
import { AgeIdentities } from "../../store/age/identities";
import { fetchSnapshot, snapshotCache, unpackedSnapshot } from "../../store/fetchSnapshot";
import { isBucketUrl } from "../../store/openStore";

/**
 * A snapshot as a file of this machine, plain, from which the steps take it: one in a bucket is brought here, one that is
 * packed or encrypted is unpacked beside it.
 *
 * @param identityFile with age identities, for encrypted backups; default: the environment's. @throws UserError
 */
export async function localSnapshot(snapshot: string, identityFile: string | undefined): Promise<string> {
  const path = identityFile === undefined ? undefined : resolve(identityFile);
  const identities = await AgeIdentities.named(path, "restore.identityFile");
  return isBucketUrl(snapshot)
    ? fetchSnapshot(snapshot, snapshotCache(), { identities })
    : unpackedSnapshot(resolve(snapshot), snapshotCache(), identities);
}
