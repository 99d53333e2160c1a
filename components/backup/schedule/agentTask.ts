import type { Schedules } from "../../config/schedulesSchema";

/** What the agent is run for. */
export type TaskName = "backup" | "drill" | "prune" | "watch";

/** Whose rights in a bucket a task has. */
export type TaskRole = "uploader" | "reader" | "pruner" | "watcher";

/** A thing that the agent does on a schedule. */
export interface AgentTask {
  readonly name: TaskName;
  readonly role: TaskRole;
  readonly schedule: string;
  /** Whether it asks etcd. */
  readonly asksEtcd: boolean;
  /** Bounds of its container. */
  readonly memory: { readonly request: string; readonly limit: string };
  /** Room in its spool, in GiB. */
  readonly spoolGibibytes: number;
}

/** What a schedule's keys ask for, in the order in which it is declared. */
export function tasksOf({ schedule, drill, prune, watch, spoolGibibytes }: Schedules): readonly AgentTask[] {
  const backup: AgentTask = {
    name: "backup",
    role: "uploader",
    schedule,
    asksEtcd: true,
    memory: { request: "128Mi", limit: "512Mi" },
    spoolGibibytes,
  };
  const drills: AgentTask = {
    name: "drill",
    role: "reader",
    schedule: drill ?? "",
    asksEtcd: false,
    // the file that was fetched, and what etcd makes of it, which it maps whole
    memory: { request: "256Mi", limit: "4Gi" },
    spoolGibibytes: 3 * spoolGibibytes,
  };
  /** What looks at manifests, and fetches no snapshot. */
  const small = { asksEtcd: false, memory: { request: "128Mi", limit: "512Mi" }, spoolGibibytes: 1 };
  const prunes: AgentTask = { name: "prune", role: "pruner", schedule: prune?.schedule ?? "", ...small };
  const watches: AgentTask = { name: "watch", role: "watcher", schedule: watch?.schedule ?? "", ...small };
  return [
    backup,
    ...(drill === undefined ? [] : [drills]),
    ...(prune === undefined ? [] : [prunes]),
    ...(watch === undefined ? [] : [watches]),
  ];
}
