import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { HostedMember } from "../hostedCluster";
import { onNode } from "../onNode";
import type { OperationArgs } from "../operationArgs";
import type { PodLike } from "../podLike";
import { unmeshed } from "../unmeshed";
import { utilityPowers, utilityResources } from "../utilityNeeds";
import { restoreLabels } from "./utilityTools";

/** Longest life of a utility Pod in seconds: a night's work, and an end for a Pod that everybody forgot. */
const deadlineSeconds = 6 * 60 * 60;

/** What {@link utilityPod} needs beside the plan. */
export interface UtilityPodArgs {
  readonly member: HostedMember;
  /** ConfigMap of the scripts. */
  readonly scripts: pulumi.Input<string>;
  /** Node of the member's Pod; undefined lets the scheduler follow the volume. */
  readonly node: pulumi.Output<string | undefined>;
  /** What it takes over from etcd's own Pods. */
  readonly like: pulumi.Output<PodLike>;
}

/** A member's node may be about to be taken out of service. */
const unschedulable = {
  key: "node.kubernetes.io/unschedulable",
  operator: "Exists",
  effect: "NoSchedule",
} as const;

/**
 * The Pod that mounts a member's volume to stage and swap.
 *
 * It has no fixed name, so that one left by a killed run is in nobody's way; it ends by the mark "over" on the
 * volume, so that such a Pod ends too. A new restore id replaces it.
 *
 * Created means that it is there: the engine's own wait for readiness would end without a reason. The next step waits
 * for it to run, and says why it does not.
 */
export function utilityPod(
  name: string,
  plan: pulumi.Output<OperationArgs>,
  args: UtilityPodArgs,
  opts: pulumi.CustomResourceOptions,
) {
  return new k8s.core.v1.Pod(
    name,
    {
      metadata: {
        namespace: plan.apply(({ cluster }) => cluster.namespace),
        labels: pulumi.all([plan, args.like]).apply(([known, { form }]) => ({
          ...restoreLabels(known),
          "etcd-recovery/member": args.member.name,
          ...(form === 2 ? unmeshed.labels : {}),
        })),
        annotations: args.like.apply(({ form }) => ({
          "pulumi.com/waitFor": "jsonpath={.metadata.uid}",
          ...(form === 2 ? unmeshed.annotations : {}),
        })),
      },
      spec: {
        restartPolicy: "Never",
        terminationGracePeriodSeconds: 10,
        activeDeadlineSeconds: deadlineSeconds,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        ...placement(args),
        tolerations: args.like.apply(({ tolerations }) => [unschedulable, ...tolerations]),
        // Absent where there are none: an input that is empty would be a difference to what an older program made.
        imagePullSecrets: args.like.apply(({ imagePullSecrets }) =>
          imagePullSecrets.length === 0 ? undefined : imagePullSecrets,
        ) as pulumi.Output<{ name: string }[]>,
        securityContext: args.like.apply(({ seLinuxOptions }) =>
          seLinuxOptions === undefined ? undefined : { seLinuxOptions },
        ) as pulumi.Output<k8s.types.input.core.v1.PodSecurityContext>,
        containers: plan.apply((known) => [container(known)]),
        volumes: [
          { name: "data", persistentVolumeClaim: { claimName: args.member.claim } },
          { name: "scripts", configMap: { name: args.scripts } },
        ],
      },
    },
    { ...opts, replacementTrigger: plan.id, customTimeouts: { create: "5m", delete: "5m" } },
  );
}

/** On the member's node, where it has one. */
function placement({ node, like }: UtilityPodArgs) {
  const placed = pulumi.all([node, like]).apply(([name, { form }]) => {
    if (form === 2) return name === undefined ? {} : { affinity: onNode(name) };
    return { nodeSelector: name === undefined ? {} : { "kubernetes.io/hostname": name } };
  });
  // Absent where it is not of the form.
  return {
    affinity: placed.apply(({ affinity }) => affinity) as pulumi.Output<k8s.types.input.core.v1.Affinity>,
    nodeSelector: placed.apply(({ nodeSelector }) => nodeSelector) as pulumi.Output<Record<string, string>>,
  };
}

function container(plan: OperationArgs): k8s.types.input.core.v1.Container {
  const dataDirectory = plan.cluster.profile.etcd.dataDirectory;
  return {
    name: "etcd-utility",
    image: plan.utilityImage,
    command: ["/bin/sh", "/etcd-recovery/main.sh", plan.id],
    // The scripts' own default needs no word, and every word is in the state three times.
    ...(dataDirectory === "/var/lib/etcd" ? {} : { env: [{ name: "DATA_DIRECTORY", value: dataDirectory }] }),
    resources: utilityResources,
    securityContext: utilityPowers,
    volumeMounts: [
      { name: "data", mountPath: dataDirectory },
      { name: "scripts", mountPath: "/etcd-recovery" },
    ],
  };
}
