import { delimiter } from "node:path";
import type { Lab } from "./lab";
import type { LabDirectory } from "./labDirectory";

/** Environment for programs that work with a lab, whether from a shell or from a test. */
export async function environmentOf(lab: Lab, _paths: LabDirectory): Promise<Record<string, string>> {
  const userKubeconfigs = lab.userClusters.map((cluster) => [userVariable(cluster.name), cluster.kubeconfig]);
  return {
    PATH: [lab.binDirectory, process.env.PATH].join(delimiter),
    KUBECONFIG: lab.adminKubeconfig,
    ETCD_RECOVERY_LAB: lab.name,
    ETCD_RECOVERY_LAB_DIRECTORY: lab.directory,
    ...Object.fromEntries(userKubeconfigs),
  };
}

/** Variable with a user cluster's kubeconfig, for example USER_KUBECONFIG_UC1. */
export function userVariable(cluster: string): string {
  return `USER_KUBECONFIG_${cluster.toUpperCase().replaceAll("-", "_")}`;
}
