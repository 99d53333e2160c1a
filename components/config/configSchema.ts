import { z } from "zod";
import { isWish, parseWish } from "../../store/wish";
import { vaultSettings } from "../../vault/vaultSettings";
import { checkRestoreKind } from "./restoreKind";

/** Names that Kubernetes takes for an object, at most 63 characters (RFC 1123). */
const objectName = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    "must be a Kubernetes name: lower-case letters, digits, '-'",
  );

/** Any path that fits on one line of a message; scripts take all others too. */
const path = z
  .string()
  .regex(/\P{White_Space}/u, "must not be empty")
  .regex(/^\P{Cc}*$/u, "must not contain control characters such as a line feed");

/** A version of etcd, e.g. 3.6.14. */
const version = z.string().regex(/^\d{1,3}\.\d{1,3}\.\d{1,3}$/, "must be a version such as 3.6.14");

/** It becomes part of labels, directory names and the cluster token. */
const restoreId = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/, "must be at most 40 lower-case letters, digits, '-'");

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
      snapshot: path
        .refine((text) => !isWish(text) || parseWish(text) !== undefined, {
          message: "must have a time such as before:2026-11-27T02:00:00Z",
        })
        .optional(),
      /** Where `latest` and `before:…` look: a directory, or gs://bucket/prefix. */
      store: path.optional(),
      /** Id of the finished restore whose previous data becomes the cluster's again. */
      rollback: restoreId.optional(),
      /** Id of the finished restore whose previous data is removed. */
      finalize: restoreId.optional(),
      /** Name of the one bad member that is replaced while the others have a quorum. */
      repair: objectName.optional(),
      /** UID of Namespace kube-system that the snapshot must have; default: the live cluster's, where it answers. */
      clusterUid: z.uuid("must be a UID such as kubectl prints").optional(),
      reason: z.string().trim().min(1, "must say why, or be absent").optional(),
      /** Numbers for workloads that are at 0 and shall not stay there, by `Kind/name`. */
      replicas: z
        .record(
          z.string().regex(/^([-a-z0-9]+\/)?[A-Za-z]+\/[-a-z0-9.]+$/, "must be Kind/name"),
          z.number().int().min(0).max(100),
        )
        .optional(),
      /** Static etcdutl for utility images that have none that fits. */
      etcdutl: path.optional(),
      allowVersion: version.optional(),
      allowEncryption: z
        .array(z.string().regex(/^[a-z0-9]+:[^:\p{Cc}]+$/u, "must be provider:key, e.g. aescbc:key1"))
        .optional(),
      allowRole: z.enum(["admin"]).optional(),
      allowUnhashed: z.boolean().optional(),
    })
    .superRefine(checkRestoreKind, { when: () => true }),
});

const backup = z.strictObject({
  operation: z.literal("backup"),
  ...common,
  backup: z.strictObject({
    /** A new value takes a new backup. */
    generation: z
      .union([z.string(), z.number().int()])
      .transform(String)
      .refine((text) => text !== "", "must not be empty"),
    directory: path,
    /** A bucket for the backups; the directory then holds what is being taken, and nothing longer. */
    store: path
      .regex(/^gs:\/\/[a-z0-9][-a-z0-9._]+(\/[^/\s]+)*$/, "must be gs://BUCKET or gs://BUCKET/PREFIX")
      .optional(),
  }),
  /** A bucket for backups on Google Cloud, with its key and identities. Default: none is declared. */
  vault: vaultSettings.optional(),
});

/** What every operation's configuration has, whatever else: for a stack that does not say what it does. */
export const commonSchema = z.looseObject(common);

/** The configuration of a stack, one shape an operation. */
export const configSchema = z.discriminatedUnion("operation", [restore, backup]);

export type StackConfig = z.infer<typeof configSchema>;
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
} as const;
