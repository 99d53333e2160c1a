import { chmod, copyFile, mkdir, rename, symlink } from "node:fs/promises";
import { join } from "node:path";
import { removeTree, replaceFile, temporaryName } from "./files";
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
  await mkdir(join(lab.bin, ".tools"), { recursive: true });
  await copyFile(join(__dirname, "inWorkstation.sh"), join(lab.bin, script));
  await chmod(join(lab.bin, script), 0o755);
  await describeWorkstation(lab, workstationPid);
  for (const tool of wrappedTools) {
    await symlink(script, join(lab.bin, tool));
    await pointWrapper(lab, tool, join(toolsDirectory, tool));
  }
}

/** Tells the wrappers which network to enter; written anew when the workstation was started again. */
export async function describeWorkstation(lab: LabDirectory, pid: number): Promise<void> {
  const network = await networkNamespace(pid);
  await replaceFile(join(lab.bin, ".workstation"), `${pid}\n${network}\n`, 0o644);
}

/** Lets a wrapper run `program` from now on. */
export async function pointWrapper(lab: LabDirectory, tool: ToolName, program: string): Promise<void> {
  const link = join(lab.bin, ".tools", tool);
  const temporary = temporaryName(link);
  await symlink(program, temporary);
  await rename(temporary, link);
}
