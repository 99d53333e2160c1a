import { createReadStream, createWriteStream, rmSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { UserError } from "../components/errors";
import { lives } from "../components/lives";
import { makerOf, ownedName } from "../components/ownedName";
import { AGE_ENDING } from "./age/decrypted";
import type { AgeIdentities } from "./age/identities";
import { unpackStream } from "./compress";
import { PLAIN_SNAPSHOT } from "./manifest";
import { StoreError } from "./storeError";

const ZSTD_ENDING = ".zst";
const PREFIX = "plain-";

/**
 * A snapshot as it was taken, from a file as a store has it: decrypted, then unpacked, as the file's name says. Nothing of
 * it is written.
 *
 * @throws while it is read: Error when it was changed, or is for others
 */
export async function* plainBytes(path: string, identities?: AgeIdentities): AsyncGenerator<Buffer> {
  const isEncrypted = path.endsWith(AGE_ENDING);
  const file: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: 1 << 20 });
  if (isEncrypted && identities === undefined) throw new TypeError(`${path}: no identity was asked for`);
  const bytes = isEncrypted && identities !== undefined ? identities.decrypt(file) : file;
  const packed = isEncrypted ? path.slice(0, -AGE_ENDING.length) : path;
  if (!packed.endsWith(ZSTD_ENDING)) return yield* bytes;
  yield* unpackStream(Readable.from(bytes, { objectMode: false }));
}

/** A snapshot in plain, for one process that reads it by position. Must be removed. */
export interface PlainCopy {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Opens a packed or encrypted snapshot into a file of mode 0600. It goes with the process at the latest; what a killed
 * process has left, {@link isAbandoned} knows.
 *
 * @param parent a directory, made where it is absent. @throws UserError; StoreError when it cannot be unpacked
 */
export async function plainCopy(
  path: string,
  parent: string,
  identities?: AgeIdentities,
): Promise<PlainCopy> {
  const directory = join(parent, ownedName(PREFIX));
  const atExit = () => rmSync(directory, { recursive: true, force: true });
  const remove = async () => {
    await rm(directory, { recursive: true, force: true });
    process.removeListener("exit", atExit);
  };
  process.once("exit", atExit);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const copy = join(directory, PLAIN_SNAPSHOT);
    await pipeline(plainBytes(path, identities), createWriteStream(copy, { flags: "wx", mode: 0o600 }));
    return { path: copy, remove };
  } catch (error) {
    await remove();
    throw error instanceof UserError ? error : unreadable(path, error as NodeJS.ErrnoException);
  }
}

/** Whether a directory of this name holds a copy that a process of this machine has left behind. */
export function isAbandoned(name: string): boolean {
  const maker = makerOf(PREFIX, name);
  return maker?.isOfThisMachine === true && !lives(maker.pid);
}

function unreadable(path: string, { code, message }: NodeJS.ErrnoException): StoreError {
  if (code === "ENOSPC")
    return new StoreError("full", `${path}: no space to unpack it: ${message}.`, "df -h ~/.cache");
  return new StoreError(
    "corrupt",
    `${path}: cannot be unpacked: ${message}.`,
    `Take another copy of ${path}.`,
  );
}
