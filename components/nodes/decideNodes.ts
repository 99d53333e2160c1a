import { resolve } from "node:path";
import { checkKubeconfig } from "../access/kubeconfig/kubeconfig";
import type { NodesConfig } from "../config/configSchema";
import { nodesProfiles } from "../profiles/profiles";
import type { NodesCluster } from "./nodesCluster";

/** The cluster of a checked configuration. @throws UserError for a kubeconfig that cannot be used */
export function decideNodes(config: Omit<NodesConfig, "operation">): NodesCluster {
  const { cluster: name, profile, machines, ssh, userKubeconfig, allowInsecure = [] } = config;
  const { user = nodesProfiles[profile].user, port = 22, jump, privateKey } = ssh;
  const jumpPrivateKey = jump?.privateKey;
  const path = userKubeconfig === undefined ? undefined : resolve(userKubeconfig);
  if (path !== undefined) checkKubeconfig({ path, key: "userKubeconfig", allowInsecure });
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
    keys: { privateKey, ...(jumpPrivateKey === undefined ? {} : { jumpPrivateKey }) },
    ...(path === undefined ? {} : { userKubeconfig: path }),
  };
}
