import { resolve } from "node:path";
import type { Unwrap } from "@pulumi/pulumi";
import { checkKubeconfig } from "../access/kubeconfig/kubeconfig";
import type { SshKeys } from "../access/ssh/sshTarget";
import { checkArguments } from "../config/argumentsCheck";
import type { NodesConfig, NodesRestoreConfig } from "../config/configSchema";
import type { NamedMachines } from "../config/nodesSchema";
import { keysOf } from "../config/sshSchema";
import { nodesProfiles } from "../profiles/profiles";
import type { NodesCluster } from "./nodesCluster";
import type { NodesClusterArgs } from "./nodesClusterArgs";

/** The cluster of a checked configuration. @throws UserError for a kubeconfig that cannot be used */
export function decideNodes(config: Omit<NodesConfig, "operation">): NodesCluster {
  const { ssh, userKubeconfig, allowInsecure = [] } = config;
  const path = userKubeconfig === undefined ? undefined : resolve(userKubeconfig);
  if (path !== undefined) checkKubeconfig({ path, key: "userKubeconfig", allowInsecure });
  return clusterOf({ ...config, keys: keysOf(ssh), userKubeconfig: path });
}

/** Names of the machines as far as there are any; what is wrong in them is refused by what every resource waits for. */
export const declaredMachines = ({ machines }: NodesClusterArgs): readonly string[] =>
  Array.isArray(machines)
    ? machines.flatMap((machine) => (typeof machine?.name === "string" ? [machine.name] : []))
    : [];

/** The checked configuration of a component's arguments. @throws UserError */
export function nodesConfig(
  component: string,
  { name, ...cluster }: Unwrap<NodesClusterArgs>,
  restore: object,
): NodesRestoreConfig {
  const keys = { operation: "restore", cluster: name, ...cluster, restore };
  return checkArguments(component, keys) as NodesRestoreConfig;
}

/** The cluster that names and keys are of, with the profile's values where none is given. */
export function clusterOf({
  cluster: name,
  profile,
  machines,
  ssh,
  keys,
  userKubeconfig,
}: NamedMachines & { readonly keys: SshKeys }): NodesCluster {
  const { user = nodesProfiles[profile].user, port = 22, jump } = ssh;
  return {
    ...{ name, profile },
    machines: machines.map((machine) => ({
      ...machine,
      user: machine.user ?? user,
      port: machine.port ?? port,
    })),
    ...(jump === undefined
      ? {}
      : {
          jump: {
            host: jump.host,
            hostKey: jump.hostKey,
            user: jump.user ?? user,
            port: jump.port ?? 22,
          },
        }),
    keys,
    ...(userKubeconfig === undefined ? {} : { userKubeconfig }),
  };
}
