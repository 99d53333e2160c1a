import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { HostedCluster } from "../hostedCluster";

/** The provider that reaches the admin cluster of a hosted cluster. */
export function adminProvider(name: string, cluster: HostedCluster, opts: pulumi.ResourceOptions) {
  const { adminKubeconfig: kubeconfig, adminContext: context } = cluster;
  return new k8s.Provider(name, { kubeconfig, ...(context === undefined ? {} : { context }) }, opts);
}
