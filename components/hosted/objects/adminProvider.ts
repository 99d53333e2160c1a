import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { HostedCluster } from "../hostedCluster";
import { providerKubeconfig } from "../kubeconfigs";

/** The provider that reaches the admin cluster of a hosted cluster. */
export function adminProvider(
  name: string,
  cluster: pulumi.Output<HostedCluster>,
  opts: pulumi.ResourceOptions,
) {
  // An absent context is no input at all.
  const context = cluster.apply(({ adminContext }) => adminContext) as pulumi.Output<string>;
  return new k8s.Provider(name, { kubeconfig: providerKubeconfig(cluster), context }, opts);
}
