import { z } from "zod";
import { quarantineWish } from "./quarantineRecord";

/** What a step is asked to do, beside what the ledger knows. Everything here comes from the stack's configuration. */

const decimal = z.string().regex(/^\d{1,19}$/);

/** A snapshot on the operator's machine, read and verified by the program. */
export const snapshotRequestSchema = z.object({
  /** Absolute. It may be packed, and encrypted. */
  path: z.string(),
  /** With the age identities that open it; absolute. Absent of one that is not encrypted. */
  identityFile: z.string().optional(),
  /** Of what comes out of it, as the digests are. */
  sizeBytes: z.number().int().min(0),
  sha256: z.string(),
  /** Its last 32 bytes in hex, when they are a digest of all before. */
  end: z.string().optional(),
  /** Newest revision in it. */
  revision: decimal,
  kubeSystemUid: z.string().optional(),
  etcdVersion: z.string().optional(),
  /** Of the API server when it was taken, where its manifest says it. */
  kubernetesVersion: z.string().optional(),
  /** Keys of encryption at rest in it, as "provider:key". */
  encryption: z.array(z.string()).optional(),
  /** UID that the newest manifest of the cluster names; where the live cluster cannot be asked. */
  manifestUid: z.string().optional(),
});
export type SnapshotRequest = z.infer<typeof snapshotRequestSchema>;

/** A static etcdutl that is brought to volumes whose image has none that fits. */
export const etcdutlRequestSchema = z.object({
  path: z.string(),
  sizeBytes: z.number().int(),
  sha256: z.string(),
});
export type EtcdutlRequest = z.infer<typeof etcdutlRequestSchema>;

/** Keys and certificates of the members in a backup, encrypted: one bundle a member. */
export const pkiRequestSchema = z.object({
  /** Absolute. */
  directory: z.string(),
  bundles: z.array(
    z.object({
      member: z.string(),
      /** In the directory. */
      file: z.string(),
      /** Of what comes out of it. */
      bytes: z.number().int(),
      sha256: z.string(),
    }),
  ),
});
export type PkiRequest = z.infer<typeof pkiRequestSchema>;

/** What a restore, a roll-back, a repair or a removal asks for. */
export const requestSchema = z.object({
  snapshot: snapshotRequestSchema.optional(),
  /** Id of the finished restore whose previous data is restored. */
  rollback: z.string().optional(),
  /** Id of the finished restore whose previous data is removed. */
  finalize: z.string().optional(),
  /** Name of the member that is replaced. */
  repair: z.string().optional(),
  /** Image of what works on the volumes. */
  utilityImage: z.string().optional(),
  etcdutl: etcdutlRequestSchema.optional(),
  /** What members keep beside their data is restored too. */
  pki: pkiRequestSchema.optional(),
  /** A roll-back takes back the keys and certificates too that the earlier restore put aside. */
  previousPki: z.boolean().optional(),
  /** Why a living quorum's data is thrown away, or a healthy member replaced. */
  reason: z.string().optional(),
  /** UID of kube-system that the snapshot must have. */
  clusterUid: z.string().optional(),
  allowVersion: z.string().optional(),
  allowKubernetesVersion: z.string().optional(),
  allowEncryption: z.array(z.string()).optional(),
  /** Numbers for workloads that were found at 0, as "Kind/name" to replicas. */
  replicas: z.record(z.string(), z.number().int().min(0)).optional(),
  /** What is set to 0 before anybody else reaches the restored cluster, `namespace/Kind/name` with `*`. */
  quarantine: z.array(z.string().regex(quarantineWish)).optional(),
  /** All overrides that were given, for the ledger: "name=value" words. */
  overrides: z.string().optional(),
});
export type Request = z.infer<typeof requestSchema>;

/** What a substrate is asked to judge before anything is made. */
export interface PreflightRequest {
  readonly operation: "restore" | "rollback" | "repair" | "finalize";
  readonly id: string;
  readonly request: Request;
  /** The ledger is this operation's own and open: what there was to say against the cluster was said before. */
  readonly underWay: boolean;
  /** Replicas by workload as the open ledger recorded them; while under way they may be at 0. */
  readonly recorded: Readonly<Record<string, number>>;
}

/** What the ledger keeps of the keys that are asked for from a backup: "member=digest" words. */
export const pkiWords = ({ pki }: Pick<Request, "pki">): string | undefined =>
  pki?.bundles.map(({ member, sha256 }) => `${member}=${sha256}`).join(" ");
