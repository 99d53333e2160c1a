import { z } from "zod";

/**
 * What is known of a backup without opening its snapshot. Written last: without a manifest there is no backup.
 * Numbers that may exceed 2^53 are decimal strings. Read back with {@link manifestSchema}.
 */
export const manifestSchema = z.strictObject({
  formatVersion: z.literal(1),
  cluster: z.string(),
  profile: z.string(),
  generation: z.string(),
  /** ISO 8601, UTC. */
  time: z.string(),
  toolVersion: z.string(),
  /** UID of the Namespace kube-system, the cluster's identity; absent when the snapshot holds none. */
  kubeSystemUid: z.string().optional(),
  etcd: z.strictObject({
    clusterId: z.string(),
    version: z.string(),
    members: z.array(z.string()),
    savedFrom: z.string(),
    revision: z.string(),
  }),
  kubernetesVersion: z.string().optional(),
  snapshot: z.strictObject({
    file: z.string(),
    encoding: z.literal("identity"),
    /** Bytes and SHA-256 of the snapshot itself, and of the file as it is stored. */
    plain: z.strictObject({ bytes: z.number(), sha256: z.string() }),
    stored: z.strictObject({ bytes: z.number(), sha256: z.string() }),
  }),
  /** Live objects by kind; absent when the snapshot could not be parsed that far. */
  census: z.record(z.string(), z.number()).optional(),
  /** Encryption-at-rest providers and key names that values in the snapshot name. */
  encryption: z.array(z.strictObject({ provider: z.string(), keyName: z.string() })).optional(),
});

export type BackupManifest = z.infer<typeof manifestSchema>;

/**
 * Where a backup lies in a store: `v1/<cluster>/<yyyy>/<mm>/<dd>/<time>-<sha12>`.
 *
 * @param time when the snapshot was taken. @param sha256 of the plain snapshot, hex.
 */
export function backupKey(cluster: string, time: Date, sha256: string): string {
  const iso = time.toISOString();
  const [year = "", month = "", day = ""] = iso.slice(0, 10).split("-");
  const stamp = iso.slice(0, 19).replaceAll(/[-:]/g, "");
  return ["v1", cluster, year, month, day, `${stamp}Z-${sha256.slice(0, 12)}`].join("/");
}
