import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, copyFile, mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import execa from "execa";
import { removeTree } from "../files";
import type { Tools } from "../tools/provideTools";
import type { LabImage } from "./labImages";

/** Debian's busybox-static: one static program, no library needed. */
export const busyboxPath = "/bin/busybox";

/** Writes `image` to `archive` in the form of `docker save`, by way of the scratch directory `work`. */
export async function writeImageArchive(
  image: LabImage,
  tools: Tools,
  work: string,
  archive: string,
): Promise<void> {
  await removeTree(work);
  const files = join(work, "files");
  await layOut(image, tools, files);
  const layer = join(work, "layer.tar");
  await tar(layer, files, ["."]);
  const layerDigest = await sha256OfFile(layer);
  const config = JSON.stringify(imageConfig(image, layerDigest));
  const configName = `${createHash("sha256").update(config).digest("hex")}.json`;
  const layerName = `${layerDigest}.tar`;
  const manifest = [{ Config: configName, RepoTags: [image.name], Layers: [layerName] }];
  await writeFile(join(work, configName), config);
  await writeFile(join(work, "manifest.json"), JSON.stringify(manifest));
  await rename(layer, join(work, layerName));
  await tar(archive, work, [configName, "manifest.json", layerName]);
  await removeTree(work);
}

/** What the container runtime reads of an image; `diff_ids` ties it to its layer. */
export function imageConfig(image: LabImage, layerDigest: string): Record<string, unknown> {
  return {
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    os: "linux",
    config: { Entrypoint: image.entrypoint, Env: ["PATH=/usr/local/bin:/bin:/usr/bin"] },
    rootfs: { type: "layers", diff_ids: [`sha256:${layerDigest}`] },
  };
}

async function layOut(image: LabImage, tools: Tools, files: string): Promise<void> {
  await mkdir(join(files, "tmp"), { recursive: true });
  await chmod(join(files, "tmp"), 0o1777);
  for (const [path, tool] of Object.entries(image.programs)) {
    await mkdir(dirname(join(files, path)), { recursive: true });
    await copyFile(tools.path(tool), join(files, path));
    await chmod(join(files, path), 0o755);
  }
  if (image.shell) {
    await layOutBusybox(join(files, "bin"));
  }
}

async function layOutBusybox(bin: string): Promise<void> {
  await mkdir(bin, { recursive: true });
  await copyFile(busyboxPath, join(bin, "busybox"));
  const { stdout } = await execa(busyboxPath, ["--list"]);
  const applets = stdout.split("\n").filter((applet) => applet !== "" && applet !== "busybox");
  await Promise.all(applets.map((applet) => symlink("busybox", join(bin, applet))));
}

/** Packs with sorted names, no owner and no time, so that equal files give equal bytes. */
async function tar(archive: string, directory: string, names: readonly string[]): Promise<void> {
  const plain = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
  await execa("tar", ["--create", "--file", archive, "--directory", directory, ...plain, ...names]);
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
