import { join, resolve } from "node:path";
import execa from "execa";
import { exists } from "../files";
import type { Log } from "../progress";

const packageDirectory = resolve(__dirname, "../..");

/**
 * The descriptors of Kubernetes' kinds, without which the agent's image cannot be made: a clone has none. Made from Go
 * modules, which takes some seconds once they are here.
 */
export async function provideDescriptors(
  log: Log,
  directory: string = packageDirectory,
  generate: () => Promise<unknown> = () =>
    execa("npm", ["run", "--silent", "generate"], { cwd: packageDirectory }),
): Promise<void> {
  if (await exists(join(directory, "snapshot/generated/kubernetes.json"))) return;
  log("making the descriptors of Kubernetes' kinds …");
  await generate();
}
