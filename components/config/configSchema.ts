import { z } from "zod";
import { vaultSettings } from "../../vault/vaultSettings";
import { checkBackupKind } from "./backupKind";
import { ageRecipients, judged, objectName, path, restoreId, snapshotKeys, taken } from "./fields";
import { nodesBackup, nodesProfileNames, nodesRestore } from "./nodesSchema";
import { checkRestoreKind } from "./restoreKind";
import { schedulesSchema } from "./schedulesSchema";
import { checkWatching } from "./watchKind";

/** name[:tag][@digest], as container runtimes take it. */
function isImage(image: string): boolean {
  const part = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
  const host = "(?:[A-Za-z0-9.-]+(?::[0-9]+)?/)?";
  return new RegExp(
    `^${host}${part}(?:/${part})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@[a-z0-9]+:[a-f0-9]{32,})?$`,
  ).test(image);
}

const etcdOverrides = z.strictObject({
  statefulSet: objectName.optional(),
  container: objectName.optional(),
  dataClaim: objectName.optional(),
  dataDirectory: z.string().startsWith("/", "must be an absolute path").optional(),
  service: objectName.optional(),
  clientPort: z.number().int().positive().optional(),
  peerPort: z.number().int().positive().optional(),
  ca: path.optional(),
  certificate: path.optional(),
  key: path.optional(),
});

const overrides = z.strictObject({
  etcd: etcdOverrides.optional(),
  apiServer: z
    .strictObject({ statefulSet: objectName.optional(), podDisruptionBudget: objectName.optional() })
    .optional(),
  maintenance: objectName.optional(),
  controllers: z
    .array(
      z
        .string()
        .regex(
          /^(discover|([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\/)?[A-Za-z]+\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?)$/,
          "must be Kind/name, e.g. Deployment/kube-scheduler, or namespace/Kind/name, or discover",
        ),
    )
    .optional(),
});

const common = {
  /** The user cluster's name: recorded in manifests, and its namespace on the admin cluster unless that is given. */
  cluster: objectName,
  namespace: objectName.optional(),
  profile: z.enum(["gdc-kubeception"]).default("gdc-kubeception"),
  members: z
    .number()
    .int()
    .min(1, "must be at least 1")
    .max(9, "must be at most 9")
    .refine((count) => count % 2 === 1, "must be odd: an even number of members has no advantage")
    .default(3),
  adminKubeconfig: path,
  adminContext: z.string().min(1, "must not be empty").optional(),
  userKubeconfig: path.optional(),
  /** Servers in the kubeconfigs that may be called without a check of their certificate. */
  allowInsecure: z.array(z.string().regex(/^https?:\/\/\S+$/, "must be a server's URL")).optional(),
  overrides: overrides.optional(),
};

const restore = z.strictObject({
  operation: z.literal("restore"),
  ...common,
  /** Image of the utility Pods, with its tag. */
  utilityImage: z
    .string()
    .regex(/^\S+[:@]\S+$/, "must be an image with a tag or digest")
    .refine(
      (image) => !image.includes("GKE_ON_PREM_VERSION"),
      "must name the cluster's own version in its tag",
    )
    .refine(isImage, "must be an image reference such as registry/name:tag"),
  restore: z
    .strictObject({
      id: restoreId,
      /** Exactly one of these four. */
      ...snapshotKeys,
      /** Id of the finished restore whose previous data becomes the cluster's again. */
      rollback: restoreId.optional(),
      /** Id of the finished restore whose previous data is removed. */
      finalize: restoreId.optional(),
      /** Name of the one bad member that is replaced while the others have a quorum. */
      repair: objectName.optional(),
      ...judged,
      /** Numbers for workloads that are at 0 and shall not stay there, by `Kind/name`. */
      replicas: z
        .record(
          z.string().regex(/^([-a-z0-9]+\/)?[A-Za-z]+\/[-a-z0-9.]+$/, "must be Kind/name"),
          z.number().int().min(0).max(100),
        )
        .optional(),
      /** Static etcdutl for utility images that have none that fits. */
      etcdutl: path.optional(),
    })
    .superRefine(checkRestoreKind, { when: () => true }),
});

const backup = z
  .strictObject({
    operation: z.literal("backup"),
    ...common,
    backup: z
      .strictObject({
        /** A new value takes a new backup, from this machine; required unless there are schedules. */
        generation: taken.generation.optional(),
        /** Required with a generation. */
        directory: taken.directory.optional(),
        store: taken.store,
        /** Who can read what is taken from this machine: age recipients. Default: whoever can read the store. */
        recipients: ageRecipients.optional(),
        /** CronJobs that take backups in the cluster itself. Default: none. */
        schedules: schedulesSchema.optional(),
      })
      .superRefine(checkBackupKind, { when: () => true }),
    /** A bucket for backups on Google Cloud, with its key and identities. Default: none is declared. */
    vault: vaultSettings.optional(),
  })
  .superRefine(checkWatching);

/** What every operation's configuration has, whatever else: for a stack that does not say what it does. */
export const commonSchema = z.looseObject(common);

/** The configuration of a stack of a hosted cluster, one shape an operation. */
export const hostedSchema = z.discriminatedUnion("operation", [restore, backup]);
/** The configuration of a stack. */
export const configSchema = z.union([restore, backup, nodesRestore, nodesBackup]);

export type HostedConfig = z.infer<typeof hostedSchema>;
export type StackConfig = HostedConfig | NodesConfig;
export type NodesRestoreConfig = z.infer<typeof nodesRestore>;
export type NodesBackupConfig = z.infer<typeof nodesBackup>;
export type NodesConfig = NodesRestoreConfig | NodesBackupConfig;
/** Whether a configuration's profile is one of machines. */
export const isNodesProfile = (profile: unknown): boolean =>
  nodesProfileNames.some((name) => name === profile);

export const isNodesConfig = (config: StackConfig): config is NodesConfig => isNodesProfile(config.profile);

export type RestoreConfig = z.infer<typeof restore>;
export type BackupConfig = z.infer<typeof backup>;

/** Every top-level key, with how Pulumi holds it. */
export const configKeys = {
  operation: "string",
  cluster: "string",
  namespace: "string",
  profile: "string",
  members: "number",
  adminKubeconfig: "string",
  adminContext: "string",
  userKubeconfig: "string",
  utilityImage: "string",
  allowInsecure: "object",
  restore: "object",
  backup: "object",
  vault: "object",
  overrides: "object",
  machines: "object",
  ssh: "object",
} as const;
