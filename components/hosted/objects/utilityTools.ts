import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type MemberScriptKind, memberFiles } from "../../member/memberScripts";
import type { OperationArgs } from "../operationArgs";

/** Labels of a restore's own objects; they match no selector of the cluster under repair. */
export function restoreLabels(plan: OperationArgs): Record<string, string> {
  return { "app.kubernetes.io/managed-by": "etcd-recovery", "etcd-recovery/restore": plan.id };
}

/** What the utility Pods of a restore share: their scripts, and a wall that lets no traffic in or out. */
export class UtilityTools extends pulumi.ComponentResource {
  /** ConfigMap of the scripts, one key a file. */
  readonly scripts: pulumi.Output<string>;
  /** Both objects, as `Kind/name`. */
  readonly objects: readonly pulumi.Output<string>[];

  /** @param kind of operation: which scripts its Pods are asked for */
  constructor(
    name: string,
    plan: pulumi.Output<OperationArgs>,
    kind: MemberScriptKind,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("etcd-recovery:index:UtilityTools", name, { restoreId: plan.id }, opts);
    const metadata = {
      namespace: plan.apply(({ cluster }) => cluster.namespace),
      labels: plan.apply(restoreLabels),
    };
    const scripts = new k8s.core.v1.ConfigMap(
      `${name}-scripts`,
      { metadata, data: { ...memberFiles(kind) } },
      { parent: this },
    );
    // kubectl exec comes through the kubelet, not through the Pod's network.
    const wall = new k8s.networking.v1.NetworkPolicy(
      `${name}-wall`,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: { "etcd-recovery/restore": plan.id } },
          policyTypes: ["Ingress", "Egress"],
        },
      },
      { parent: this },
    );
    this.scripts = scripts.metadata.name;
    this.objects = [
      pulumi.interpolate`ConfigMap/${scripts.metadata.name}`,
      pulumi.interpolate`NetworkPolicy/${wall.metadata.name}`,
    ];
    this.registerOutputs({ scripts: this.scripts });
  }
}
