import { delimiter, join } from "node:path";
import type { Lab } from "./lab";
import type { LabDirectory } from "./labDirectory";
import { preparePulumi } from "./pulumi/home";
import { pointWrapper } from "./wrappers";

/** Environment for programs that work with a lab, whether from a shell or from a test; and the plugins it brings. */
export interface LabEnvironment {
  readonly variables: Record<string, string>;
  /** Plugin name to "official" or "stand-in". */
  readonly plugins: Readonly<Record<string, string>>;
}

/** Prepares Pulumi's home in the lab's directory, so that `down` also forgets the lab's stacks. */
export async function environmentOf(lab: Lab, paths: LabDirectory): Promise<LabEnvironment> {
  const home = join(paths.path, "pulumi");
  const pulumi = await preparePulumi({ directory: home, pulumiBinary: join(lab.toolsDirectory, "pulumi") });
  // The engine must run from its home, where its plugins lie beside it, and in the lab's network.
  await pointWrapper(paths, "pulumi", join(home, "bin", "pulumi"));
  const userKubeconfigs = lab.userClusters.map((cluster) => [userVariable(cluster.name), cluster.kubeconfig]);
  const variables = {
    ...pulumi.env,
    // The home's own bin stays off PATH: its pulumi would run outside the lab's network.
    PATH: [paths.bin, process.env.PATH].join(delimiter),
    KUBECONFIG: lab.adminKubeconfig,
    ETCD_RECOVERY_LAB: lab.name,
    ETCD_RECOVERY_LAB_DIRECTORY: lab.directory,
    ...Object.fromEntries(userKubeconfigs),
  };
  return { variables, plugins: pulumi.plugins };
}

/** Variable with a user cluster's kubeconfig, for example USER_KUBECONFIG_UC1. */
export function userVariable(cluster: string): string {
  return `USER_KUBECONFIG_${cluster.toUpperCase().replaceAll("-", "_")}`;
}

/** Lines that a POSIX shell can eval. Of PATH only what comes before `ownPath`, so that the shell keeps its own. */
export function shellExports(variables: Readonly<Record<string, string>>, ownPath: string): string {
  return Object.entries(variables)
    .map(([name, value]) => {
      const isPath = name === "PATH" && value.endsWith(`${delimiter}${ownPath}`);
      const text = isPath ? `${quote(value.slice(0, -ownPath.length))}"$PATH"` : quote(value);
      return `export ${name}=${text}\n`;
    })
    .join("");
}

function quote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
