import { readFile } from "node:fs/promises";
import { UserError } from "../../components/errors";
import { NONCE_BYTES, opened, payloadKey } from "./payload";
import { fingerprint, headerBytes } from "./recipients";

/** Longer than the header of thousands of recipients. */
const HEADER_LIMIT = 1 << 20;
/** Names a file of identities where no option does. */
export const IDENTITY_FILE_VARIABLE = "ETCD_RECOVERY_AGE_IDENTITY_FILE";

/** Whoever holds them reads what is encrypted to their recipients. */
export class AgeIdentities {
  private constructor(
    private readonly all: readonly string[],
    /** Of their recipients. */
    readonly fingerprints: readonly string[],
    /** The file, for messages. */
    readonly path: string,
  ) {}

  /**
   * Reads a file as `age --identity` takes it: a line each, `#` begins a comment.
   *
   * @param input what the user gave it as. @throws UserError, which never has a line of the file
   */
  static async read(path: string, input: string): Promise<AgeIdentities> {
    const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      throw new UserError(`${input}: ${path} cannot be read: ${error.code}.`, `Look: ls -l '${path}'`);
    });
    const lines = text.split("\n").map((line) => line.trim());
    const all = lines.filter((line) => line !== "" && !line.startsWith("#"));
    const none = new UserError(`${input}: ${path} holds no age identity.`, "Make one: age-keygen -o FILE");
    if (all.length === 0) throw none;
    const { identityToRecipient } = await import("age-encryption");
    const recipients = await Promise.all(all.map((one) => identityToRecipient(one))).catch(() => {
      throw none;
    });
    return new AgeIdentities(all, recipients.map(fingerprint), path);
  }

  /** Those of the file that an option or the environment names. @throws UserError */
  static async named(
    path: string | undefined,
    input: string,
    env: NodeJS.ProcessEnv = process.env,
  ): Promise<AgeIdentities | undefined> {
    if (path !== undefined) return AgeIdentities.read(path, input);
    const other = env[IDENTITY_FILE_VARIABLE];
    return other === undefined || other === ""
      ? undefined
      : AgeIdentities.read(other, IDENTITY_FILE_VARIABLE);
  }

  /** @throws Error when it is no age file, is encrypted to others, or was changed */
  async *decrypt(stored: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const source = stored[Symbol.asyncIterator]();
    try {
      let bytes = Buffer.alloc(0);
      while (headerBytes(bytes) < 0 || bytes.length < headerBytes(bytes) + NONCE_BYTES) {
        const next = await source.next();
        if (next.done === true || bytes.length > HEADER_LIMIT) throw new Error("it is no file of age");
        bytes = Buffer.concat([bytes, next.value]);
      }
      const end = headerBytes(bytes);
      const key = payloadKey(
        await this.#fileKey(bytes.subarray(0, end)),
        bytes.subarray(end, end + NONCE_BYTES),
      );
      yield* opened(withFirst(bytes.subarray(end + NONCE_BYTES), source), key);
    } finally {
      await source.return?.();
    }
  }

  async #fileKey(header: Buffer): Promise<Uint8Array> {
    const { Decrypter } = await import("age-encryption");
    const decrypter = new Decrypter();
    for (const identity of this.all) decrypter.addIdentity(identity);
    return decrypter.decryptHeader(header);
  }
}

async function* withFirst(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}
