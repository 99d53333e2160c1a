import * as pulumi from "@pulumi/pulumi";
import type { RetentionPolicy } from "../../../store/retention";
import { policyText } from "../../../store/retentionPolicy";
import { longestGapMinutes } from "../../config/cronGap";
import { unknownArguments } from "../../config/declaredArguments";
import {
  type Schedules,
  type SchedulesInput,
  schedulesProblems,
  schedulesSchema,
} from "../../config/schedulesSchema";
import { type AgentTask, type TaskRole, tasksOf } from "./agentTask";
import { cronLine } from "./cronLine";
import { declareCluster } from "./declareCluster";
import { planCluster } from "./scheduledCluster";

/** What {@link ScheduledBackups} needs to know. */
export interface ScheduledBackupsArgs {
  /** When, of which clusters, by which image. Plain values: they decide which resources there are. */
  readonly schedules: SchedulesInput;
  /** `gs://bucket/prefix`, such as a vault's `location`. Default: `schedules.volume` holds the backups. */
  readonly store?: pulumi.Input<string>;
  /** Credential files of workload identity, such as a vault's `credentials`. Default: those of `schedules`. */
  readonly credentials?: pulumi.Input<Partial<Record<TaskRole, string>>>;
  /** What the pruner keeps, such as a vault's `retention`, where `schedules.prune` does not say. */
  readonly retention?: RetentionPolicy;
  /** Project of Cloud Monitoring that `schedules.watch` writes to, such as a vault's, where that does not say. Default: none. */
  readonly monitoringProject?: string;
}

const names = {
  schedules: true,
  store: true,
  credentials: true,
  retention: true,
  monitoringProject: true,
} as const;

/** One CronJob, as a person asks for it. */
export interface ScheduledTask {
  readonly cluster: string;
  readonly namespace: string;
  readonly task: AgentTask["name"];
  readonly cronJob: string;
  /** Line of cron, with the minute that was worked out. */
  readonly schedule: string;
  readonly timeZone: string;
}

/**
 * CronJobs that take backups of a list of clusters, prove the newest by a trial restore, remove old ones and watch; for each a
 * ServiceAccount without rights in the cluster, and a NetworkPolicy. All lie in the clusters' namespaces of the cluster that
 * the option `provider` reaches.
 */
export class ScheduledBackups extends pulumi.ComponentResource {
  readonly tasks: pulumi.Output<readonly ScheduledTask[]>;
  /** `gs://…`, or the directory on the claim. */
  readonly location: pulumi.Output<string>;
  /** Names of the Jobs that took a backup at once, for `schedules.generation`. */
  readonly jobs: pulumi.Output<readonly string[]>;
  /** Names of the Jobs that attacked the bucket for `schedules.probe`: there when all was refused. */
  readonly probes: pulumi.Output<readonly string[]>;
  /** Work that may be lost, in minutes: the longest time between two backups of the schedule. */
  readonly rpoMinutes: pulumi.Output<number>;

  /** @throws RunError that names every wrong argument */
  constructor(name: string, args: ScheduledBackupsArgs, opts?: pulumi.ComponentResourceOptions) {
    const schedules = decideSchedules(name, args);
    super("etcd-recovery:index:ScheduledBackups", name, { image: schedules.image }, opts);
    const tasks = tasksOf(schedules);
    const keep = schedules.prune?.keep ?? (args.retention && policyText(args.retention));
    const project = schedules.watch && (schedules.watch.project ?? args.monitoringProject);
    const clusters = schedules.clusters.map(planCluster);
    const declared = clusters.map((cluster) =>
      declareCluster({
        ...{ parent: this, name: `${name}-${cluster.name}`, cluster, tasks, schedules },
        ...(keep === undefined ? {} : { keep }),
        ...(project === undefined ? {} : { project }),
        ...(args.store === undefined ? {} : { bucket: args.store }),
        ...credentialsOf(args, schedules),
      }),
    );
    this.location = pulumi.output(declared[0]?.location ?? "");
    this.jobs = pulumi.all(declared.flatMap(({ jobs }) => jobs));
    this.probes = pulumi.all(declared.flatMap(({ probes }) => probes));
    this.tasks = pulumi.output(
      clusters.flatMap((cluster) =>
        tasks.map((task) => ({
          ...{ cluster: cluster.name, namespace: cluster.namespace, task: task.name },
          cronJob: `${cluster.name}-etcd-${task.name}`,
          schedule: cronLine(task.schedule, `${cluster.name}/${task.name}`),
          timeZone: schedules.timeZone,
        })),
      ),
    );
    this.rpoMinutes = pulumi.output(longestGapMinutes(schedules.schedule));
    const { tasks: all, location, jobs, probes, rpoMinutes } = this;
    this.registerOutputs({ tasks: all, location, jobs, probes, rpoMinutes });
  }
}

function credentialsOf({ credentials, store }: ScheduledBackupsArgs, { credentials: own }: Schedules) {
  const given = own ?? credentials;
  return store === undefined || given === undefined ? {} : { credentials: pulumi.output(given) };
}

function decideSchedules(name: string, args: ScheduledBackupsArgs): Schedules {
  const parsed = schedulesSchema.safeParse((args as ScheduledBackupsArgs | undefined)?.schedules);
  const wrong = [
    ...unknownArguments<ScheduledBackupsArgs>({ ...args }, names),
    ...(parsed.success
      ? problemsOf(args, parsed.data)
      : parsed.error.issues.map((issue) => `schedules.${issue.path.map(String).join(".")} ${issue.message}`)),
  ];
  if (!parsed.success || wrong.length > 0)
    throw new pulumi.RunError(`ScheduledBackups ${name}: ${wrong.join("; ")}.`);
  return parsed.data;
}

function problemsOf({ store, retention }: ScheduledBackupsArgs, schedules: Schedules): readonly string[] {
  const between = schedulesProblems(schedules, store !== undefined);
  const keeps =
    schedules.prune === undefined || schedules.prune.keep !== undefined || retention !== undefined;
  return [
    ...between.map(({ key, sentence }) => `schedules.${key} ${sentence}`),
    ...(keeps ? [] : ["schedules.prune.keep is needed where no vault says what is kept"]),
  ];
}
