import { createHash, randomBytes } from "node:crypto";
import { UserError } from "../../components/errors";
import { NONCE_BYTES, payloadKey, sealed } from "./payload";

/** Of a recipient, as a manifest names it: the first 16 digits of the SHA-256 of its text. */
export const fingerprint = (recipient: string): string =>
  createHash("sha256").update(recipient).digest("hex").slice(0, 16);

/**
 * Encrypts streams to age recipients (`age1…`), each with a key of its own, as `age --decrypt` reads them. The library
 * makes the header, Node's cipher the rest.
 */
export class AgeRecipients {
  private constructor(private readonly all: readonly string[]) {}

  /** @param input what the user gave them as. @throws UserError for one that is none */
  static async of(recipients: readonly string[], input: string): Promise<AgeRecipients> {
    const found = new AgeRecipients(recipients);
    const { Encrypter } = await import("age-encryption");
    for (const recipient of recipients) {
      try {
        new Encrypter().addRecipient(recipient);
      } catch {
        throw new UserError(
          `${input}: ${JSON.stringify(recipient)} is no age recipient.`,
          "Look: age-keygen -y KEYFILE",
        );
      }
    }
    return found;
  }

  get fingerprints(): string[] {
    return this.all.map(fingerprint);
  }

  async *encrypt(plain: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const { header, fileKey } = await this.#header();
    const nonce = randomBytes(NONCE_BYTES);
    yield Buffer.concat([header, nonce]);
    yield* sealed(plain, payloadKey(fileKey, nonce));
  }

  /** That of an empty file, and the key in it, which a recipient more is told. */
  async #header(): Promise<{ header: Buffer; fileKey: Uint8Array }> {
    const { Encrypter } = await import("age-encryption");
    const encrypter = new Encrypter();
    for (const recipient of this.all) encrypter.addRecipient(recipient);
    let fileKey: Uint8Array | undefined;
    encrypter.addRecipient({
      wrapFileKey: (key) => {
        fileKey = Uint8Array.from(key);
        return [];
      },
    });
    const file = Buffer.from(await encrypter.encrypt(new Uint8Array()));
    if (fileKey === undefined) throw new Error("age-encryption told no file key");
    return { header: file.subarray(0, headerBytes(file)), fileKey };
  }
}

/** Bytes of an age file's header, whose last line is `--- MAC`; -1 while it is not all there. */
export function headerBytes(file: Buffer): number {
  const last = file.indexOf("\n--- ");
  const end = last < 0 ? -1 : file.indexOf("\n", last + 1);
  return end < 0 ? -1 : end + 1;
}
