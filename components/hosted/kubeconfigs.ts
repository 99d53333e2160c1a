import * as pulumi from "@pulumi/pulumi";
import { BY_STDIN } from "../access/kubeconfig/kubeconfigText";
import type { HostedCluster } from "./hostedCluster";

/** How this process reaches the cluster. */
export function accessOf({ namespace, adminKubeconfig, adminContext, userKubeconfig }: HostedCluster) {
  return {
    kind: "hosted" as const,
    namespace,
    adminKubeconfig,
    ...(adminContext === undefined ? {} : { adminContext }),
    ...(userKubeconfig === undefined ? {} : { userKubeconfig }),
  };
}

/** The same for a step, which may run elsewhere and later: it gets content by its standard input. */
export function stepAccessOf(cluster: HostedCluster) {
  const given = Object.keys(cluster.kubeconfigContents ?? {});
  return { ...accessOf(cluster), ...Object.fromEntries(given.map((key) => [key, BY_STDIN])) };
}

/** What steps read from standard input: the kubeconfigs that were given as content, by their keys, in JSON. */
export function secretsOf(cluster: pulumi.Output<HostedCluster>): pulumi.Output<string | undefined> {
  return cluster.apply(({ kubeconfigContents: given }) =>
    given === undefined ? pulumi.output<string | undefined>(undefined) : pulumi.secret(JSON.stringify(given)),
  );
}

/** The admin cluster's kubeconfig as its provider takes it. */
export function providerKubeconfig(cluster: pulumi.Output<HostedCluster>): pulumi.Output<string> {
  return cluster.apply(({ adminKubeconfig, kubeconfigContents }) => {
    const content = kubeconfigContents?.adminKubeconfig;
    return content === undefined ? pulumi.output(adminKubeconfig) : pulumi.secret(content);
  });
}
