import { z } from "zod";
import { parsePolicy } from "../../store/retentionPolicy";
import { projectId } from "../../vault/vaultSettings";
import { scheduleProblem } from "./cronFields";
import { longestGapMinutes } from "./cronGap";
import { objectName } from "./fields";
import { nodesProfileNames } from "./nodesSchema";

const schedule = z.string().superRefine((text, context) => {
  const message =
    scheduleProblem(text) ??
    (Number.isFinite(longestGapMinutes(text)) ? undefined : "names no day that there is");
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

const keep = z.string().superRefine((text, context) => {
  try {
    parsePolicy(text, "keep");
  } catch (error) {
    context.addIssue({ code: "custom", message: (error as Error).message });
  }
});

const memberUrl = z.string().regex(/^https:\/\/[^\s/?#@]+:\d{1,5}$/, "must be https://HOST:PORT");
const members = z
  .array(z.strictObject({ name: objectName, url: memberUrl }))
  .min(1)
  .max(9)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, "must have different names");

/** A CronJob's name has at most 52 characters, and its cluster's begins it. */
const clusterName = objectName.max(
  40,
  "must have at most 40 characters, since names of CronJobs begin with it",
);

const hosted = z.strictObject({
  name: clusterName,
  /** Where its control plane's Pods are. Default: its name. */
  namespace: objectName.optional(),
  /** Secret in that namespace with a client certificate for etcd. */
  certificates: objectName,
  /** Names of the Secret's fields, where they are others than the profile's files. */
  fields: z
    .strictObject({ ca: z.string().min(1), certificate: z.string().min(1), key: z.string().min(1) })
    .optional(),
  /** Etcd's members: how many, by the profile's names, or each by its own. Default 3. */
  members: z.union([z.number().int().min(1).max(9), members]).optional(),
  kubeSystemUid: z.uuid("must be a UID such as kubectl prints").optional(),
});

const machines = z.strictObject({
  name: clusterName,
  /** Where the CronJobs are. */
  namespace: objectName,
  /** etcd runs on machines of this very cluster. */
  machines: members,
  profile: z.enum(nodesProfileNames).default("kubeadm"),
  kubeSystemUid: z.uuid("must be a UID such as kubectl prints").optional(),
});

const image = z
  .string()
  .regex(/^\S+(:[\w.-]+|@sha256:[0-9a-f]{64})$/, "must be an image with a tag or digest")
  .refine((one) => !one.endsWith(":latest"), "must not be latest: nobody knows what runs then");

const gibibytes = z.number().int().min(1).max(1024);

/** CronJobs that take, prove, prune and watch backups; what is absent is not done. */
export const schedulesSchema = z.strictObject({
  /** The agent's image, which `npm run image` makes. */
  image,
  /** Hosted clusters and clusters on machines, in any mixture that one admin cluster reaches. */
  clusters: z.array(z.union([hosted, machines])).min(1),
  /** When backups are taken. */
  schedule: schedule.default("hourly"),
  /** When the newest backup is restored for a trial. Default: never. */
  drill: schedule.optional(),
  /** When old backups are removed, and which are kept (default: as the vault says). Default: nothing removes any. */
  prune: z.strictObject({ schedule: schedule.default("daily"), keep: keep.optional() }).optional(),
  /**
   * When somebody looks how the backups stand, and the project of Cloud Monitoring that is told (default: the vault's where
   * it has `monitoring`, else none; the Pod's log has the numbers in any case). Default: nobody looks.
   */
  watch: z
    .strictObject({ schedule: schedule.default("*/15 * * * *"), project: projectId.optional() })
    .optional(),
  /** IANA name, for every schedule. */
  timeZone: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/, "must be a time zone such as Europe/Berlin")
    .refine((zone) => zone !== "Local", "must not be Local")
    .default("Etc/UTC"),
  /** A claim in each cluster's namespace that holds a directory of backups, where they go to no bucket. */
  volume: z.strictObject({ claim: objectName, directory: objectName.default("backups") }).optional(),
  /** Credential files of workload identity, by task; default: the vault's. No secret is in one. */
  credentials: z
    .strictObject({
      uploader: z.string().min(2),
      reader: z.string().min(2),
      pruner: z.string().min(2),
      watcher: z.string().min(2),
    })
    .partial()
    .optional(),
  /** age recipients that backups are encrypted to. Default: nobody; a bucket encrypts by its own key. */
  recipients: z.array(z.string().startsWith("age1", "must be age1…")).min(1).optional(),
  /** Secret in each cluster's namespace whose field is a file of age identities: drills of encrypted backups alone have it. */
  drillIdentity: z
    .strictObject({ secret: objectName, field: z.string().min(1).default("identity") })
    .optional(),
  /** A private endpoint of the storage service. */
  endpoint: z
    .string()
    .regex(/^https?:\/\/[^\s/]+$/, "must be https://HOST[:PORT]")
    .optional(),
  /** Certificates of the authority that signed the endpoint's, PEM, where no public one did. */
  endpointAuthority: z.string().startsWith("-----BEGIN CERTIFICATE-----", "must be PEM").optional(),
  /** A new value attacks the bucket at once, by the uploader's identity, and waits until all is refused. */
  probe: z
    .union([z.string(), z.number().int()])
    .transform(String)
    .refine((text) => text !== "", "must not be empty")
    .optional(),
  /** A new value takes a backup at once, and waits for it. */
  generation: z
    .union([z.string(), z.number().int()])
    .transform(String)
    .refine((text) => text !== "", "must not be empty")
    .optional(),
  /** Longest time of a run, in seconds. */
  deadlineSeconds: z.number().int().min(60).max(86_400).default(1800),
  /** Room for a snapshot while it is read; etcd allows a database of 8 GiB. */
  spoolGibibytes: gibibytes.default(10),
  priorityClass: objectName.optional(),
  imagePullSecret: objectName.optional(),
});

export type Schedules = z.infer<typeof schedulesSchema>;
/** As a person writes them: what has a default may be absent. */
export type SchedulesInput = z.input<typeof schedulesSchema>;
export type ScheduledCluster = Schedules["clusters"][number];
export type MachinesCluster = z.infer<typeof machines>;
export type HostedScheduledCluster = z.infer<typeof hosted>;

export const isOnMachines = (cluster: ScheduledCluster): cluster is MachinesCluster => "machines" in cluster;

/** What lies between a schedule's keys and where its backups go. @param store `gs://…`, or undefined */
export function schedulesProblems(
  schedules: Pick<
    Schedules,
    "volume" | "clusters" | "credentials" | "drill" | "recipients" | "drillIdentity" | "probe" | "watch"
  >,
  hasBucket: boolean,
): readonly { readonly key: string; readonly sentence: string }[] {
  const { volume, clusters, credentials } = schedules;
  const names = clusters.map(({ name }) => name);
  return [
    ...(hasBucket && volume !== undefined
      ? [{ key: "volume", sentence: "is one place for backups too many: there is a bucket as well" }]
      : []),
    ...(!hasBucket && volume === undefined
      ? [
          {
            key: "volume",
            sentence: "is needed where backups go to no bucket: neither store nor vault is given",
          },
        ]
      : []),
    ...(!hasBucket && credentials !== undefined
      ? [{ key: "credentials", sentence: "are for a bucket, and there is none" }]
      : []),
    ...(schedules.drill !== undefined && schedules.recipients !== undefined && !schedules.drillIdentity
      ? [
          {
            key: "drillIdentity",
            sentence: "is needed: drills open what is encrypted to schedules.recipients",
          },
        ]
      : []),
    ...(!hasBucket && schedules.probe !== undefined
      ? [{ key: "probe", sentence: "attacks a bucket, and there is none" }]
      : []),
    ...(!hasBucket && schedules.watch?.project !== undefined
      ? [
          {
            key: "watch.project",
            sentence: "needs a bucket, whose credentials are used for it too, and there is none",
          },
        ]
      : []),
    ...(new Set(names).size === names.length
      ? []
      : [{ key: "clusters", sentence: "must have different names" }]),
  ];
}
