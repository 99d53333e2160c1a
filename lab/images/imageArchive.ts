import { chmod, copyFile, mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import execa from "execa";
import { writeOciArchive } from "../../image/ociArchive";
import { removeTree } from "../files";
import type { Tools } from "../tools/provideTools";
import type { LabImage } from "./labImages";

/** Debian's busybox-static: one static program, no library needed. */
export const busyboxPath = "/bin/busybox";

/** Writes `image` to `archive` as a tar of an OCI layout, by way of the scratch directory `work`. */
export async function writeImageArchive(
  image: LabImage,
  tools: Tools,
  work: string,
  archive: string,
): Promise<void> {
  await removeTree(work);
  const root = join(work, "files");
  await layOut(image, tools, root);
  const config = { Entrypoint: image.entrypoint, Env: ["PATH=/usr/local/bin:/bin:/usr/bin"] };
  const whole = { name: image.name, root, config, compressed: false };
  await writeOciArchive(whole, join(work, "oci"), archive);
  await removeTree(work);
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
