import { z } from "zod";

const common = {
  cluster: z.string(),
  profile: z.string(),
  generation: z.string(),
  /** ISO 8601, UTC: ages and order are read from it. */
  time: z.iso.datetime(),
  toolVersion: z.string(),
  /** UID of the Namespace kube-system, the cluster's identity; absent when the snapshot holds none. */
  kubeSystemUid: z.string().optional(),
  etcd: z.strictObject({
    clusterId: z.string(),
    version: z.string(),
    members: z.array(z.string()),
    savedFrom: z.string(),
    revision: z.string().regex(/^\d+$/),
  }),
  kubernetesVersion: z.string().optional(),
  /** Live objects by kind; absent when the snapshot could not be parsed that far. */
  census: z.record(z.string(), z.number()).optional(),
  /** Encryption-at-rest providers and key names that values in the snapshot name. */
  encryption: z.array(z.strictObject({ provider: z.string(), keyName: z.string() })).optional(),
};

const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "must be a plain file name");
const digest = { bytes: z.number(), sha256: z.string() };

/** Keys, certificates and configuration of one machine: a tar, encrypted to age recipients. */
export const bundleSchema = z.object({
  machine: z.string(),
  file: fileName,
  /** Bytes and SHA-256 of the tar, and of the file as it is stored. */
  plain: z.object(digest),
  stored: z.object(digest),
});

/** A certificate on a machine, by which a restore can tell whether its keys have changed since. */
export const certificateSchema = z.object({
  machine: z.string(),
  path: z.string(),
  subject: z.string(),
  /** ISO 8601, UTC. */
  notAfter: z.string(),
  /** SHA-256 of the certificate, in hex. */
  fingerprint: z.string(),
});
export type PkiBundle = z.infer<typeof bundleSchema>;
export type Certificate = z.infer<typeof certificateSchema>;

/** As it was until there was a list of keys beside the snapshot. */
const format1 = z.strictObject({
  formatVersion: z.literal(1),
  ...common,
  snapshot: z.strictObject({
    file: fileName,
    encoding: z.literal("identity"),
    /** Bytes and SHA-256 of the snapshot itself, and of the file as it is stored. */
    plain: z.strictObject(digest),
    stored: z.strictObject(digest),
  }),
});

/** Fields of a later program are passed over: what this one must understand raises the format. */
const format2 = z.object({
  formatVersion: z.literal(2),
  ...common,
  snapshot: z.object({
    file: fileName,
    encoding: z.literal("identity"),
    plain: z.object(digest),
    /** The CRC32C is the store's own, in base64; absent where a store computes none. */
    stored: z.object({ ...digest, crc32c: z.string().optional() }),
  }),
  /** The list of keys and their revisions ({@link keyList}). */
  keys: z.object({ file: fileName, ...digest }).optional(),
  /** From the beginning of the run until all but this manifest was stored; absent where nobody measured it. */
  seconds: z.number().optional(),
  /** Of control planes on machines. */
  pki: z.object({ bundles: z.array(bundleSchema), certificates: z.array(certificateSchema) }).optional(),
});

/** Since format 3 the snapshot may be packed: `stored` is of the packed file, `plain` of what comes out of it. */
const format3 = format2.extend({
  formatVersion: z.literal(3),
  snapshot: format2.shape.snapshot.extend({ encoding: z.enum(["identity", "zstd"]) }),
});

/** Since format 4 snapshot and list of keys may be encrypted: `stored` is of what only an identity of these opens. */
const format4 = format3.extend({
  formatVersion: z.literal(4),
  /** Fingerprints of the age recipients. */
  recipients: z.array(z.string()).min(1),
});

/**
 * What is known of a backup without opening its snapshot. Written last: without a manifest there is no backup.
 * Numbers that may exceed 2^53 are decimal strings.
 */
export const manifestSchema = z.discriminatedUnion("formatVersion", [format1, format2, format3, format4]);

export type BackupManifest = z.infer<typeof manifestSchema>;
/** As it is written: format 2 where nothing is packed, 3 where nothing is encrypted, so that earlier versions read it too. */
export type NewManifest = z.infer<typeof format2> | z.infer<typeof format3> | z.infer<typeof format4>;

/** Fingerprints of those who can read a backup; none where everybody can. */
export const recipientsIn = (manifest: BackupManifest): readonly string[] =>
  manifest.formatVersion === 4 ? manifest.recipients : [];

/** The list of keys that a manifest names; undefined where there is none. */
export const keysNamed = (manifest: BackupManifest): NewManifest["keys"] =>
  manifest.formatVersion === 1 ? undefined : manifest.keys;

/** Name of a backup's snapshot once it is unpacked. */
export const PLAIN_SNAPSHOT = "snapshot.db";

/** A file that a manifest names beside it: its length and SHA-256 as stored; its CRC32C where the store had computed one. */
export interface NamedFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly crc32c?: string | undefined;
}

/** Every file that a manifest names. */
export function filesOf(manifest: BackupManifest): readonly NamedFile[] {
  const { file, stored } = manifest.snapshot;
  if (manifest.formatVersion === 1) return [{ file, ...stored }];
  const { keys, pki } = manifest;
  const bundles = (pki?.bundles ?? []).map((bundle) => ({ file: bundle.file, ...bundle.stored }));
  return [{ file, ...stored }, ...(keys === undefined ? [] : [keys]), ...bundles];
}

/** Name of the object that makes the others beside it a backup. */
export const MANIFEST = "manifest.json";

/** As it is stored. */
export const manifestText = (manifest: BackupManifest | { readonly formatVersion: number }): string =>
  `${JSON.stringify(manifest, null, 2)}\n`;

/** What a text that should be a manifest is: ours, or why not. */
export type ReadManifest =
  | { readonly manifest: BackupManifest; readonly reason?: undefined }
  | { readonly manifest?: undefined; readonly reason: string; readonly isForeign: boolean };

/** Reads a manifest of any format that this program knows. */
export function readManifest(text: string): ReadManifest {
  const raw = parseJson(text);
  const parsed = manifestSchema.safeParse(raw);
  if (parsed.success) return { manifest: parsed.data };
  const { formatVersion } = (raw ?? {}) as { formatVersion?: unknown };
  if (raw === undefined) return { reason: "its manifest is no JSON", isForeign: false };
  if (typeof formatVersion !== "number" || formatVersion > 4)
    return { reason: "its manifest is not of this program, or of a newer one", isForeign: true };
  const fields = parsed.error.issues.map(({ path }) => path.join("."));
  return { reason: `its manifest is altered (${fields.slice(0, 4).join(", ")})`, isForeign: false };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
