import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import execa from "execa";
import { FileLock } from "../fileLock";
import { exists, removeTree, writeTree } from "../files";
import type { Log } from "../progress";
import { cacheDirectory } from "./toolCache";

/** Path of a Node of that version, as its npm package has it, whose install scripts nobody needs; kept in the cache. */
export async function provideNode(version: string, log: Log): Promise<string> {
  const directory = join(cacheDirectory(), "node", version);
  const name = `node-${process.platform}-${process.arch}`;
  const node = join(directory, "node_modules", name, "bin", "node");
  await mkdir(dirname(directory), { recursive: true });
  const waiting = () => log("another process fetches it; waiting …");
  await FileLock.during(`${directory}.lock`, waiting, async () => {
    if (await exists(node)) return;
    log(`fetching ${name}@${version} …`);
    const made = `${directory}.new`;
    await removeTree(made);
    await writeTree(join(made, "package.json"), "{}\n");
    const options = ["--prefix", made, "--ignore-scripts", "--no-audit", "--no-fund", "--silent"];
    await execa("npm", ["install", ...options, `${name}@${version}`]);
    await removeTree(directory);
    await rename(made, directory);
  });
  return node;
}
