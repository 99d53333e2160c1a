import { chmod, copyFile, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { removeTree, replaceFile } from "./files";
import type { LabDirectory } from "./labDirectory";
import { networkNamespace } from "./machines/processes";
import type { ToolName } from "./tools/toolFamilies";

/** Tools that an operator calls; the others run on the machines only. */
export const wrappedTools: readonly ToolName[] = ["pulumi", "kubectl", "etcd", "etcdctl", "etcdutl"];

const script = "in-workstation";

/** Makes `<lab>/bin`: for each tool a wrapper that runs it in the workstation's network. */
export async function writeWrappers(
  lab: LabDirectory,
  workstationPid: number,
  toolsDirectory: string,
): Promise<void> {
  await removeTree(lab.bin);
  await mkdir(lab.bin, { recursive: true });
  await copyFile(join(__dirname, "inWorkstation.sh"), join(lab.bin, script));
  await chmod(join(lab.bin, script), 0o755);
  await describeWorkstation(lab, workstationPid, toolsDirectory);
  await Promise.all(wrappedTools.map((tool) => symlink(script, join(lab.bin, tool))));
}

/** Tells the wrappers which network to enter; written anew when the workstation was started again. */
export async function describeWorkstation(
  lab: LabDirectory,
  pid: number,
  toolsDirectory: string,
): Promise<void> {
  const network = await networkNamespace(pid);
  await replaceFile(join(lab.bin, ".workstation"), `${pid}\n${network}\n${toolsDirectory}\n`, 0o644);
}
