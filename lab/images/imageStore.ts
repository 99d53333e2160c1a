import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import execa from "execa";
import { UserError } from "../../components/errors";
import { FileLock } from "../fileLock";
import { exists, removeTree } from "../files";
import { type Log, Stopwatch } from "../progress";
import type { Tools } from "../tools/provideTools";
import { cacheDirectory } from "../tools/toolCache";
import { patient } from "../waiting";
import { describeFile } from "./describeFile";
import { busyboxPath, writeImageArchive } from "./imageArchive";
import { labImages } from "./labImages";

/** containerd's own databases; everything else below its root is never changed in place and can be shared. */
const databases = [
  "io.containerd.snapshotter.v1.overlayfs/metadata.db",
  "io.containerd.metadata.v1.bolt/meta.db",
];

/**
 * Provides a containerd root that holds all images of the lab, imported once and kept in the cache. Nodes get hard links
 * to it, which takes milliseconds where an import takes 20 s a node.
 */
export async function provideImageStore(tools: Tools, log: Log): Promise<string> {
  const directory = join(cacheDirectory(), "images");
  const store = join(directory, await storeKey(tools));
  if (await exists(store)) {
    return store;
  }
  const waiting = () => log("another process imports images; waiting for it …");
  await FileLock.during(join(directory, "import.lock"), waiting, async () => {
    if (!(await exists(store))) {
      await importImages(tools, directory, store, log);
    }
  });
  return store;
}

/** Key over what the images consist of: their definition, the programs, and the containerd that unpacked them. */
async function storeKey(tools: Tools): Promise<string> {
  const programs = [...new Set(labImages.flatMap((image) => Object.values(image.programs)))].sort();
  const files = await Promise.all(
    [busyboxPath, ...programs.map((tool) => tools.path(tool))].map(describeFile),
  );
  const { stdout } = await execa("containerd", ["--version"]);
  const hash = createHash("sha256").update(JSON.stringify({ images: labImages, files, containerd: stdout }));
  return `containerd-${hash.digest("hex").slice(0, 16)}`;
}

async function importImages(tools: Tools, directory: string, store: string, log: Log): Promise<void> {
  const watch = new Stopwatch();
  log(`importing ${labImages.length} images …`);
  const work = `${store}.new`;
  await removeTree(work);
  await mkdir(work, { recursive: true, mode: 0o700 });
  for (const [index, image] of labImages.entries()) {
    await writeImageArchive(image, tools, join(work, "layer"), join(work, `${index}.tar`));
  }
  await writeFile(
    join(work, "config.toml"),
    'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n',
  );
  const namespaces = ["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const result = await execa("unshare", [...namespaces, "sh", join(__dirname, "importImages.sh"), work], {
    reject: false,
    timeout: patient(300) * 1000,
  });
  if (result.exitCode !== 0) {
    throw new UserError(
      `Importing images failed: ${result.stderr.trim()}`,
      `Read ${join(work, "containerd.log")}`,
    );
  }
  await rename(join(work, "root"), store);
  await removeTree(work);
  await removeOlderStores(directory, store);
  log(`images ready after ${watch}`);
}

/** Older stores are of no use once the tools have changed; nodes that link to their files keep them. */
async function removeOlderStores(directory: string, store: string): Promise<void> {
  const names = await readdir(directory);
  const old = names
    .map((name) => join(directory, name))
    .filter((path) => /\/containerd-[^/]+$/.test(path) && path !== store);
  await Promise.all(old.map(removeTree));
}

/** Gives a node its containerd root: hard links to the store, true copies of the databases. */
export async function cloneImageStore(store: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const linked = await execa("cp", ["--archive", "--link", `${store}/.`, target], { reject: false });
  if (linked.exitCode !== 0) {
    // Another file system than the cache's: copy, which costs a node about one GiB.
    await execa("cp", ["--archive", "--reflink=auto", `${store}/.`, target]);
  }
  for (const database of databases) {
    await rm(join(target, database));
    await copyFile(join(store, database), join(target, database));
  }
}
