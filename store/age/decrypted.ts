import { UserError } from "../../components/errors";
import type { CompleteBackup } from "../backups";
import { recipientsIn } from "../manifest";
import type { Store } from "../store";
import { type AgeIdentities, IDENTITY_FILE_VARIABLE } from "./identities";

/** What the names of encrypted objects end with. */
export const AGE_ENDING = ".age";

/** Whether the objects of a backup can be read by those who hold an identity alone. */
export const isEncrypted = ({ manifest }: CompleteBackup): boolean => recipientsIn(manifest).length > 0;

/**
 * Bytes of an object of a backup, decrypted where the backup is encrypted.
 *
 * @throws UserError at once when an identity is needed that is not there; while it is read, Error when it was changed
 */
export function decrypted(
  store: Store,
  backup: CompleteBackup,
  stored: AsyncIterable<Buffer>,
  identities: AgeIdentities | undefined,
): AsyncIterable<Buffer> {
  return isEncrypted(backup) ? fittingIdentities(store, backup, identities).decrypt(stored) : stored;
}

function fittingIdentities(
  store: Store,
  backup: CompleteBackup,
  identities: AgeIdentities | undefined,
): AgeIdentities {
  const address = store.address(backup.key);
  const recipients = recipientsIn(backup.manifest);
  const who = `to the age recipients with the fingerprints ${recipients.join(", ")}`;
  if (identities === undefined)
    throw new UserError(
      `${address}: is encrypted ${who}, and no identity is given.`,
      `Name a file that holds one: --identity-file, restore.identityFile or ${IDENTITY_FILE_VARIABLE}.`,
    );
  if (identities.fingerprints.some((one) => recipients.includes(one))) return identities;
  throw new UserError(
    `${address}: is encrypted ${who}; ${identities.path} holds ${identities.fingerprints.join(", ")}.`,
    "Give the file of another identity: nothing was changed.",
  );
}
