import type * as pulumi from "@pulumi/pulumi";
import type { Schedules } from "../../config/schedulesSchema";
import type { AgentTask, TaskRole } from "./agentTask";
import type { PlannedCluster } from "./scheduledCluster";

/** What one cluster's objects are declared with. */
export interface Declaring {
  readonly parent: pulumi.ComponentResource;
  /** Begins every resource's name. */
  readonly name: string;
  readonly cluster: PlannedCluster;
  readonly tasks: readonly AgentTask[];
  readonly schedules: Schedules;
  readonly keep?: string;
  /** Of Cloud Monitoring. */
  readonly project?: string;
  /** `gs://…`; undefined where a claim holds the backups. */
  readonly bucket?: pulumi.Input<string>;
  readonly credentials?: pulumi.Output<Partial<Record<TaskRole, string>>>;
}

/** What makes an object ours; of a task's Pods too. */
export function labelsOf({ cluster }: Declaring, task?: AgentTask): Record<string, string> {
  return {
    "app.kubernetes.io/name": "etcd-recovery-agent",
    "app.kubernetes.io/managed-by": "etcd-recovery",
    "etcd-recovery/cluster": cluster.name,
    ...(task === undefined ? {} : { "etcd-recovery/task": task.name }),
  };
}

/** Fixed names: tokens stand for ServiceAccounts by theirs, and a person asks for a CronJob by its own. */
export const objectName = ({ cluster }: Declaring, what: string): string => `${cluster.name}-etcd-${what}`;

export const metadata = (of: Declaring, what: string, task?: AgentTask) => ({
  name: objectName(of, what),
  namespace: of.cluster.namespace,
  labels: labelsOf(of, task),
});
