/**
 * A Pod's affinity to one node, by the node's name, as Kubernetes' own DaemonSets have it: on some clouds the label
 * `kubernetes.io/hostname` says something else. Unlike `nodeName` it leaves taints, room and volumes to the scheduler.
 */
export const onNode = (name: string) => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: [name] }] }],
    },
  },
});
