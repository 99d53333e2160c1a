import * as pulumi from "@pulumi/pulumi";
import type { SchedulesInput } from "../../components/config/schedulesSchema";
import { type MockEngine, type Registration, startMockEngine } from "./mockEngine";

export const image = "registry.example/etcd-recovery-agent:0.1.0";
export const hosted = { name: "uc1", certificates: "kube-etcd-certs-1a2b" };
const onMachines = {
  name: "admin",
  namespace: "etcd-backups",
  machines: [{ name: "cp-a", url: "https://10.0.0.10:2379" }],
};
/** Certificates of nobody. */
export const authority = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
export const recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
export const inVolume: SchedulesInput = { image, clusters: [hosted], volume: { claim: "etcd-backups" } };
export const everything: SchedulesInput = {
  ...{
    image,
    clusters: [hosted, onMachines],
    drill: "daily",
    prune: { schedule: "weekly" },
    generation: "now-1",
  },
  ...{ priorityClass: "backups", imagePullSecret: "registry", endpoint: "https://gcs.example:4443" },
  ...{ watch: {}, probe: "attack-1", endpointAuthority: authority },
  ...{ recipients: [recipient], drillIdentity: { secret: "drill-age" } },
};
export const credentialsOf = (role: string) =>
  JSON.stringify({ type: "external_account", audience: `//iam.example/${role}` });
export const bucket = {
  store: "gs://vault/etcd",
  credentials: {
    ...{ uploader: credentialsOf("uploader"), reader: credentialsOf("reader") },
    ...{ pruner: credentialsOf("pruner"), watcher: credentialsOf("watcher") },
  },
  retention: { hourly: 24, daily: 7 },
};

export async function declare(schedules: SchedulesInput, more: object = {}) {
  const engine = await startMockEngine();
  const { ScheduledBackups } = await import("../../components/backup/schedule/scheduledBackups.js");
  const { tasks, location, jobs, probes, rpoMinutes } = new ScheduledBackups("backups", {
    schedules,
    ...more,
  });
  const outputs = await new Promise<Record<string, unknown>>((resolve) =>
    pulumi
      .output({ tasks, location, jobs, probes, rpoMinutes })
      .apply((all) => resolve(all as Record<string, unknown>)),
  );
  await engine.settled();
  return { engine, outputs };
}

export interface PodSpec {
  readonly containers: readonly Record<string, unknown>[];
  readonly volumes: readonly Record<string, unknown>[];
  readonly [field: string]: unknown;
}
export const kindOf = ({ type }: Registration) => type.split(":").at(-1) ?? "";
export const ofKind = ({ registrations }: MockEngine, kind: string) =>
  registrations.filter((one) => kindOf(one) === kind);
export const named = (engine: MockEngine, kind: string, name: string) =>
  ofKind(engine, kind).find((one) => one.name === name)?.inputs as Record<string, Record<string, unknown>>;

export function podOf(resource: Registration): PodSpec {
  const { spec } = resource.inputs as { spec: Record<string, Record<string, unknown>> };
  const job = kindOf(resource) === "CronJob" ? (spec.jobTemplate?.spec as typeof spec) : spec;
  return (job.template as unknown as { spec: PodSpec }).spec;
}
