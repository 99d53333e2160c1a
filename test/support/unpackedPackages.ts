import * as fs from "node:fs";
import * as path from "node:path";
import execa from "execa";
import { cacheDirectory } from "../../lab/tools/toolCache";

/**
 * Packages of Debian, unpacked into the cache beside the system and not installed in it: no service, no user, no changed
 * path.
 *
 * @param name of their directory in the cache
 * @param proof a file of theirs, below that directory
 * @returns the directory
 */
export async function unpackedPackages(
  name: string,
  packages: readonly string[],
  proof: string,
): Promise<string> {
  const directory = path.join(cacheDirectory(), name);
  if (!fs.existsSync(path.join(directory, proof))) await unpack(directory, packages);
  return directory;
}

async function unpack(directory: string, packages: readonly string[]): Promise<void> {
  fs.mkdirSync(path.dirname(directory), { recursive: true });
  const temporary = fs.mkdtempSync(`${directory}.`);
  try {
    const download = () => execa("apt-get", ["--quiet", "download", ...packages], { cwd: temporary });
    await download().catch(async () => {
      await execa("apt-get", ["--quiet", "update"]);
      await download();
    });
    const root = path.join(temporary, "root");
    for (const file of fs.readdirSync(temporary).filter((name) => name.endsWith(".deb"))) {
      await execa("dpkg-deb", ["--extract", path.join(temporary, file), root]);
    }
    fs.renameSync(root, directory);
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}
