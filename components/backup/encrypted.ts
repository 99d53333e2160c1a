import { errorOf, failed } from "../procedure/refusal";

/**
 * Encrypts bytes to age recipients (https://age-encryption.org/v1), as `age --decrypt` reads them.
 *
 * @param recipients `age1…`. @throws UserError for one that is none
 */
export async function encrypterTo(
  recipients: readonly string[],
): Promise<(bytes: Uint8Array) => Promise<Buffer>> {
  // Loaded when it is needed: restores do without it.
  const { Encrypter } = await import("age-encryption");
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch {
      const what = `backup.recipients: ${recipient} is not an age recipient`;
      throw errorOf(failed("backup-recipients", what, "age-keygen -y KEYFILE   # prints the recipient"));
    }
  }
  return async (bytes) => Buffer.from(await encrypter.encrypt(bytes));
}
