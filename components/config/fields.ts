import { z } from "zod";
import { isWish, parseWish } from "../../store/wish";

/** Names that Kubernetes takes for an object, at most 63 characters (RFC 1123). */
export const objectName = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    "must be a Kubernetes name: lower-case letters, digits, '-'",
  );

/** Any path that fits on one line of a message; scripts take all others too. */
export const path = z
  .string()
  .regex(/\P{White_Space}/u, "must not be empty")
  .regex(/^\P{Cc}*$/u, "must not contain control characters such as a line feed");

/** A version of etcd, e.g. 3.6.14. */
export const version = z.string().regex(/^\d{1,3}\.\d{1,3}\.\d{1,3}$/, "must be a version such as 3.6.14");

/**
 * It becomes part of labels, directory names and the cluster token. `pulumi config set --path` writes digits alone as a
 * number.
 */
export const restoreId = z.preprocess(
  (value) => (Number.isSafeInteger(value) ? String(value) : value),
  z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/, "must be at most 40 lower-case letters, digits, '-'"),
);

/** What names the snapshot of a restore, and opens it. */
export const snapshotKeys = {
  /** A path, `gs://…` of a backup, or `latest` or `before:…` of those in `store`. */
  snapshot: path
    .refine((text) => !isWish(text) || parseWish(text) !== undefined, {
      message: "must have a time such as before:2026-11-27T02:00:00Z",
    })
    .optional(),
  /** Where `latest` and `before:…` look: a directory, or gs://bucket/prefix. */
  store: path.optional(),
  /** File with age identities on this machine, for a backup that is encrypted. */
  identityFile: path.optional(),
};

/** What a restore is told of its snapshot and of what it may let pass. */
export const judged = {
  /** UID of Namespace kube-system that the snapshot must have; default: the live cluster's, where it answers. */
  clusterUid: z.uuid("must be a UID such as kubectl prints").optional(),
  reason: z.string().trim().min(1, "must say why, or be absent").optional(),
  allowVersion: version.optional(),
  allowKubernetesVersion: z
    .string()
    .regex(/^v?\d{1,3}\.\d{1,3}(\.\d{1,3}\S*)?$/, "must be a version such as 1.30")
    .optional(),
  allowEncryption: z
    .array(z.string().regex(/^[a-z0-9]+:[^:\p{Cc}]+$/u, "must be provider:key, e.g. aescbc:key1"))
    .optional(),
  allowRole: z.enum(["admin"]).optional(),
  allowUnhashed: z.boolean().optional(),
};

/** Who can read what is encrypted. */
export const ageRecipients = z
  .array(
    z.string().regex(/^age1[0-9a-z]{10,}$/, "must be an age recipient such as age-keygen prints: age1..."),
  )
  .min(1, "must name at least one age recipient");

/** What a backup is told, whatever it is taken from. */
export const taken = {
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
};
