import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { identitiesIn } from "../../access/ageIdentity";
import { errorOf, refused } from "../../procedure/refusal";
import type { PkiRequest } from "../../procedure/request";

const KEY = "restore.pki";
const OTHER = `Choose another backup: pulumi config set --path ${KEY}.from BACKUP_DIRECTORY`;

/**
 * A machine's bundle, decrypted: a tar. It stays in this process's memory.
 *
 * @param identity secret keys of age, as {@link identitiesIn} finds them
 * @throws UserError when it is not there, is for another recipient, or is not the one that the manifest names
 */
export async function openBundle(
  { directory, bundles }: PkiRequest,
  member: string,
  identity: string,
): Promise<Buffer> {
  const bundle = bundles.find((one) => one.member === member);
  if (bundle === undefined)
    throw errorOf(refused("pki-absent", `${KEY}: ${directory} has no bundle of machine ${member}`, OTHER));
  const path = join(directory, bundle.file);
  const sealed = await readFile(path).catch((cause: Error) => {
    throw errorOf(refused("pki-unreadable", `${KEY}: ${path}: cannot be read: ${cause.message}`, OTHER));
  });
  const tar = await decrypted(sealed, path, identity);
  const sha256 = createHash("sha256").update(tar).digest("hex");
  if (tar.length === bundle.bytes && sha256 === bundle.sha256) return tar;
  const what = `${KEY}: ${path}: holds another bundle than its manifest names`;
  throw errorOf(refused("pki-altered", what, OTHER));
}

async function decrypted(sealed: Buffer, path: string, identity: string): Promise<Buffer> {
  // Loaded when it is needed: most steps do without it.
  const { Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  try {
    for (const one of identitiesIn(identity)) decrypter.addIdentity(one);
  } catch {
    const what = `${KEY}.identity: is no secret key of age`;
    throw errorOf(
      refused("pki-identity", what, `pulumi config set --secret --path ${KEY}.identity < KEYFILE`),
    );
  }
  try {
    return Buffer.from(await decrypter.decrypt(sealed));
  } catch (cause) {
    const forOther = /no identity matched/i.test((cause as Error).message);
    const what = forOther
      ? `${KEY}.identity: does not open ${path}: it was encrypted to other recipients`
      : `${KEY}: ${path}: is damaged: it cannot be decrypted`;
    const remedy = forOther
      ? `Set the secret key of one of backup.recipients: pulumi config set --secret --path ${KEY}.identity < KEYFILE`
      : OTHER;
    throw errorOf(refused(forOther ? "pki-identity" : "pki-damaged", what, remedy));
  }
}
