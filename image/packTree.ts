import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import execa from "execa";

/** Packs with sorted names, no owner and no time, so that equal files give equal bytes. */
export async function packTree(
  archive: string,
  directory: string,
  names: readonly string[] = ["."],
): Promise<void> {
  const plain = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--format=ustar"];
  await execa("tar", ["--create", "--file", archive, "--directory", directory, ...plain, ...names]);
}

/** SHA-256 of a file, in hex. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
