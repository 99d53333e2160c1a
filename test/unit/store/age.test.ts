import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Decrypter, Encrypter, generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AgeIdentities } from "../../../store/age/identities";
import { AgeRecipients, fingerprint } from "../../../store/age/recipients";
import { scratchDirectory } from "../../support/testSnapshot";

const PIECE = 64 << 10;
const sizes = [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 5];

async function* chunked(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
const whole = async (stream: AsyncIterable<Buffer>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};

describe("age files of streams", () => {
  const scratch = scratchDirectory();
  let identity: string;
  let recipient: string;
  let to: AgeRecipients;
  let mine: AgeIdentities;

  const fileOf = async (name: string, text: string) => {
    writeFileSync(join(scratch, name), text);
    return AgeIdentities.read(join(scratch, name), "--identity-file");
  };
  beforeAll(async () => {
    identity = await generateIdentity();
    recipient = await identityToRecipient(identity);
    to = await AgeRecipients.of([recipient], "recipients");
    mine = await fileOf("mine", `# created: today\n\n${identity}\n`);
  });
  afterAll(() => rmSync(scratch, { recursive: true }));

  it.each(sizes)("%d bytes are read by the library, and by us what the library writes", async (size) => {
    const plain = randomBytes(size);
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    const ours = await whole(to.encrypt(chunked(plain, 10_000)));
    expect(Buffer.from(await decrypter.decrypt(ours)).equals(plain)).toBe(true);
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    const theirs = Buffer.from(await encrypter.encrypt(plain));
    expect(theirs).toHaveLength(ours.length);
    for (const chunk of [7, 65_552, 1 << 20])
      expect((await whole(mine.decrypt(chunked(theirs, chunk)))).equals(plain)).toBe(true);
  });

  it("are for each of several recipients, also of the kind that quantum computers do not read", async () => {
    const { generateHybridIdentity } = await import("age-encryption");
    const other = await generateHybridIdentity();
    const both = await AgeRecipients.of([recipient, await identityToRecipient(other)], "recipients");
    const stored = await whole(both.encrypt(chunked(Buffer.from("snapshot"), 3)));
    for (const one of [mine, await fileOf("hybrid", other)])
      expect((await whole(one.decrypt(chunked(stored, 100)))).toString()).toBe("snapshot");
    expect(both.fingerprints).toEqual([fingerprint(recipient), expect.stringMatching(/^[0-9a-f]{16}$/)]);
    expect(mine.fingerprints).toEqual([fingerprint(recipient)]);
  });

  it("that were changed, cut or put together otherwise are refused", async () => {
    const plain = randomBytes(2 * PIECE + 100);
    const stored = await whole(to.encrypt(chunked(plain, PIECE)));
    const payload = stored.length - plain.length - 3 * 16;
    const piece = PIECE + 16;
    const changed: Buffer[] = [
      stored.subarray(0, -1),
      stored.subarray(0, payload + piece),
      stored.subarray(0, payload + 2 * piece),
      Buffer.concat([stored, Buffer.from([0])]),
      Buffer.concat([
        stored.subarray(0, payload),
        stored.subarray(payload + piece, payload + 2 * piece),
        stored.subarray(payload, payload + piece),
        stored.subarray(payload + 2 * piece),
      ]),
      ...[payload - 1, payload, payload + 2 * piece].map((at) => {
        const flipped = Buffer.from(stored);
        flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at);
        return flipped;
      }),
    ];
    for (const bytes of changed)
      await expect(whole(mine.decrypt(chunked(bytes, 50_000)))).rejects.toThrow("changed or cut");
    await expect(whole(mine.decrypt(chunked(plain, 1000)))).rejects.toThrow("no file of age");
  });

  it("are not read by another identity; what is no identity is never quoted", async () => {
    const stored = await whole(to.encrypt(chunked(Buffer.from("x"), 1)));
    const other = await fileOf("other", await generateIdentity());
    await expect(whole(other.decrypt(chunked(stored, 100)))).rejects.toThrow("no identity matched");
    const secret = `${identity.slice(0, -1)}!`;
    const wrong = await fileOf("wrong", secret).catch((error: Error) => error.message);
    expect(wrong).toMatch(/^--identity-file: .*wrong holds no age identity/);
    expect(wrong).not.toContain(secret.slice(20, 40));
    await expect(fileOf("none", "# nothing\n")).rejects.toThrow("holds no age identity");
    await expect(AgeRecipients.of(["age1nobody"], "recipients")).rejects.toThrow(
      'recipients: "age1nobody" is no age recipient',
    );
  });
});
