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
  const recipients = recipientsIn(backup.manifest);
  if (recipients.length === 0) return stored;
  return fittingIdentities(store.address(backup.key), recipients, identities).decrypt(stored);
}

/**
 * Identities that open what is encrypted to some recipients.
 *
 * @param address of what is encrypted. @param recipients their fingerprints. @throws UserError when there are none
 */
export function fittingIdentities(
  address: string,
  recipients: readonly string[],
  identities: AgeIdentities | undefined,
): AgeIdentities {
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
