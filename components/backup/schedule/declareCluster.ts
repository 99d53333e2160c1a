import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { agentNetwork } from "./agentNetwork";
import { type AgentIdentity, type AgentPodArgs, agentPodSpec, GRACE_SECONDS } from "./agentPod";
import type { AgentTask } from "./agentTask";
import { cronLine } from "./cronLine";
import { declareIdentity } from "./declareIdentity";
import { type Declaring, labelsOf, metadata } from "./declaring";
import { AUTHORITY_FILE, STORE_MOUNT, settingsText } from "./settingsText";

/** A run that is late by more is left out: the next one is near. */
const STARTING_SECONDS = 600;
const KEPT_SUCCEEDED = 3;
const KEPT_FAILED = 5;

/** Every object of one cluster's schedules. */
export function declareCluster(of: Declaring): {
  readonly location: pulumi.Output<string>;
  readonly jobs: readonly pulumi.Output<string>[];
  readonly probes: readonly pulumi.Output<string>[];
} {
  const { schedules, bucket } = of;
  const location = pulumi.output(bucket ?? `${STORE_MOUNT}/${schedules.volume?.directory}`);
  const settings = declareSettings(of, "settings", location);
  const { generation, probe } = schedules;
  const jobs: pulumi.Output<string>[] = [];
  const probes: pulumi.Output<string>[] = [];
  for (const task of of.tasks) {
    const objects = declareTask(of, task, settings);
    if (task.name !== "backup") continue;
    if (generation !== undefined) jobs.push(declareBackupNow(of, task, objects, location, generation));
    // by the backup's own identity: it is the uploader's that is attacked with
    if (probe !== undefined)
      probes.push(
        declareJob(of, { ...task, asksEtcd: false }, objects, { act: "probe", value: probe, settings }),
      );
  }
  return { location, jobs, probes };
}

function declareSettings(
  of: Declaring,
  what: string,
  location: pulumi.Output<string>,
  generation?: string,
): k8s.core.v1.ConfigMap {
  const { deadlineSeconds, recipients, drillIdentity } = of.schedules;
  const told = {
    deadlineSeconds,
    ...(recipients === undefined ? {} : { recipients }),
    ...(drillIdentity === undefined ? {} : { hasIdentity: true }),
    ...(of.keep === undefined ? {} : { keep: of.keep }),
    ...(of.project === undefined ? {} : { project: of.project }),
    ...(generation === undefined ? {} : { generation }),
  };
  const text = location.apply((store) => settingsText(of.cluster, { store, ...told }));
  return new k8s.core.v1.ConfigMap(
    `${of.name}-${what}`,
    { metadata: metadata(of, what), data: { "settings.json": text, ...authorityOf(of) } },
    { parent: of.parent },
  );
}

const authorityOf = ({ schedules: { endpointAuthority } }: Declaring): Record<string, string> =>
  endpointAuthority === undefined ? {} : { [AUTHORITY_FILE]: endpointAuthority };

/** What a task's Pods need to be there first. */
interface TaskObjects {
  readonly account: k8s.core.v1.ServiceAccount;
  readonly identity: pulumi.Output<AgentIdentity> | undefined;
  readonly others: readonly pulumi.Resource[];
}

function declareTask(of: Declaring, task: AgentTask, settings: k8s.core.v1.ConfigMap): TaskObjects {
  const { schedules, cluster, parent, name } = of;
  const account = new k8s.core.v1.ServiceAccount(
    `${name}-${task.name}-account`,
    { metadata: metadata(of, task.name, task), automountServiceAccountToken: false },
    { parent },
  );
  const network = declareNetwork(of, task);
  const { identity, file } = declareIdentity(of, task);
  const others = [network, file].filter((one) => one !== undefined);
  new k8s.batch.v1.CronJob(
    `${name}-${task.name}`,
    {
      metadata: metadata(of, task.name, task),
      spec: {
        schedule: cronLine(task.schedule, `${cluster.name}/${task.name}`),
        timeZone: schedules.timeZone,
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: STARTING_SECONDS,
        successfulJobsHistoryLimit: KEPT_SUCCEEDED,
        failedJobsHistoryLimit: KEPT_FAILED,
        jobTemplate: {
          metadata: { labels: labelsOf(of, task) },
          spec: jobSpec(of, task, account, settings, identity),
        },
      },
    },
    { parent, dependsOn: [...others] },
  );
  return { account, identity, others };
}

function jobSpec(
  of: Declaring,
  task: AgentTask,
  account: k8s.core.v1.ServiceAccount,
  settings: k8s.core.v1.ConfigMap,
  identity: pulumi.Output<AgentIdentity> | undefined,
  act?: string,
) {
  const { schedules, cluster } = of;
  const { deadlineSeconds, image, endpoint, priorityClass, imagePullSecret, volume } = schedules;
  const { drillIdentity } = schedules;
  const optional = {
    ...(act === undefined ? {} : { act }),
    ...(schedules.endpointAuthority === undefined ? {} : { hasAuthority: true }),
    ...(drillIdentity === undefined || task.name !== "drill" ? {} : { ageIdentity: drillIdentity }),
    ...(volume === undefined ? {} : { claim: volume.claim }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(priorityClass === undefined ? {} : { priorityClass }),
    ...(imagePullSecret === undefined ? {} : { imagePullSecret }),
  };
  const proven = identity ?? pulumi.output<AgentIdentity | undefined>(undefined);
  const known = pulumi.all([account.metadata.name, settings.metadata.name, proven]);
  const spec = known.apply(([serviceAccount, configMap, proof]) => {
    const plain = { cluster, task, image, serviceAccount, settings: configMap, deadlineSeconds, ...optional };
    const args: AgentPodArgs = proof === undefined ? plain : { ...plain, identity: proof };
    return agentPodSpec(args);
  });
  return {
    backoffLimit: 1,
    activeDeadlineSeconds: 2 * (deadlineSeconds + GRACE_SECONDS),
    template: { metadata: { labels: labelsOf(of, task) }, spec },
  };
}

function declareNetwork(of: Declaring, task: AgentTask): k8s.networking.v1.NetworkPolicy | undefined {
  const { endpoint } = of.schedules;
  const bucket = of.bucket === undefined ? undefined : endpoint === undefined ? {} : { endpoint };
  const spec = agentNetwork(of.cluster, task, labelsOf(of, task), bucket);
  if (spec === undefined) return undefined;
  return new k8s.networking.v1.NetworkPolicy(
    `${of.name}-${task.name}-network`,
    { metadata: metadata(of, task.name, task), spec },
    { parent: of.parent },
  );
}

/** A backup at once, awaited: another generation is another Job. */
function declareBackupNow(
  of: Declaring,
  task: AgentTask,
  objects: TaskObjects,
  location: pulumi.Output<string>,
  generation: string,
): pulumi.Output<string> {
  const what = `${task.name}-${digestOf(generation)}`;
  const settings = declareSettings(of, `${what}-settings`, location, generation);
  return declareJob(of, task, objects, { act: task.name, value: generation, settings });
}

/** The agent at once, awaited: another value is another Job. */
function declareJob(
  of: Declaring,
  task: AgentTask,
  { account, identity, others }: TaskObjects,
  now: { readonly act: string; readonly value: string; readonly settings: k8s.core.v1.ConfigMap },
): pulumi.Output<string> {
  const what = `${now.act}-${digestOf(now.value)}`;
  const minutes = Math.ceil((2 * (of.schedules.deadlineSeconds + GRACE_SECONDS)) / 60) + 1;
  const job = new k8s.batch.v1.Job(
    `${of.name}-${what}`,
    {
      metadata: metadata(of, what, task),
      spec: jobSpec(of, task, account, now.settings, identity, now.act),
    },
    {
      parent: of.parent,
      dependsOn: [...others],
      customTimeouts: { create: `${minutes}m` },
    },
  );
  return job.metadata.name;
}

const digestOf = (value: string): string => createHash("sha256").update(value).digest("hex").slice(0, 8);
