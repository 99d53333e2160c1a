import { z } from "zod";
import { hostedSchema } from "./hosted";
import { quarantineSchema } from "./quarantineRecord";

/** Phases of an operation in their order; `undoing` and `undone` leave it. */
export const ledgerPhases = [
  "open",
  "staged",
  "quiesced",
  "swapped",
  "started",
  "committed",
  "finished",
] as const;
export const undoPhases = ["undoing", "undone"] as const;

export type ForwardPhase = (typeof ledgerPhases)[number];
export type LedgerPhase = ForwardPhase | (typeof undoPhases)[number];

/** The format that this program writes. It reads all older ones and refuses newer ones. */
export const LEDGER_FORMAT = 2;

/** A part of a control plane that is stopped and started as one. */
export const parts = ["controllers", "maintenance", "apiServers", "etcd"] as const;
export type Part = (typeof parts)[number];

/** Text that came from a cluster and goes back into requests: names of Kubernetes objects, label selectors. */
const name = z.string().regex(/^[A-Za-z0-9]([-A-Za-z0-9._]*[A-Za-z0-9])?$/);
const workloadName = z.string().regex(/^[A-Za-z]+\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
const selector = z.string().regex(/^[-A-Za-z0-9_./,=!() ]*$/);

/** A workload as it was found. */
export const foundWorkloadSchema = z.object({
  /** `Kind/name`; of a substrate without kinds, `static/<name>`. */
  name: workloadName,
  part: z.enum(parts),
  /** Where it is, when not beside etcd. */
  namespace: name.optional(),
  replicas: z.number().int().min(0),
  /** Of them ready when it was found: what is waited for when it is put back. Absent in ledgers of format 1. */
  ready: z.number().int().min(0).optional(),
  /** Of its Pods. */
  selector: selector.optional(),
  /** It rolls its Pods one at a time when it is restarted. */
  ordered: z.boolean().optional(),
  /** It works without being elected: nothing renews a lease. */
  unelected: z.boolean().optional(),
});
export type FoundWorkload = z.infer<typeof foundWorkloadSchema>;

/** A workload that is not stopped, and why: it names a kubeconfig, it is at 0, or nothing says that it watches. */
export const otherWorkloadSchema = z.object({
  name: workloadName,
  namespace: name.optional(),
  why: z.enum(["kubeconfig", "idle", "none"]),
});
export type OtherWorkload = z.infer<typeof otherWorkloadSchema>;

/** What was found before the first change; the only source of what is put back. */
export const foundSchema = z.object({
  workloads: z.array(foundWorkloadSchema),
  others: z.array(otherWorkloadSchema).default([]),
  /** Whether the members had a quorum. Without one nothing could be ready. */
  quorum: z.boolean(),
  /** Control planes that run in the cluster; absent where it did not answer, or is none that is asked. */
  hosted: z.array(hostedSchema).optional(),
});
export type Found = z.infer<typeof foundSchema>;

const decimal = z.string().regex(/^\d{1,19}$/);
/** For people: what would move a terminal's cursor, or begin a line of its own, is no part of it. */
const words = (most: number) =>
  z
    .string()
    .max(most)
    .transform((text) => text.replace(/\p{Cc}+/gu, " "));
const time = words(40);

/**
 * A ledger as a program reads it, of whichever format it was written in. Revisions are decimal strings: they may exceed
 * 2^53. Everything is validated before it is used: a ledger is text that somebody may have edited.
 */
export const ledgerSchema = z.object({
  format: z.number().int(),
  id: z.string().regex(/^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/),
  kind: z.enum(["restore", "repair"]),
  phase: z.enum([...ledgerPhases, ...undoPhases]),
  /** user@host */
  holder: words(400).default("unknown"),
  /** When each phase was reached, and each mark set, as ISO 8601 of the clock that wrote it. */
  times: z.record(z.string(), time),
  /** What a substrate needs to find the cluster without the stack: its own text, which it validates itself. */
  names: z.string(),
  /** What a substrate needs to reach the volumes anew: its own fields. */
  reach: z.record(z.string(), z.string()),
  /** Of the snapshot: SHA-256 in hex. */
  snapshot: z.union([z.string().regex(/^[0-9a-f]{64}$/), z.literal("")]).optional(),
  /** Its length, in decimal. Of a roll-back alone. */
  sizeBytes: z
    .string()
    .regex(/^\d{1,15}$/)
    .optional(),
  /** Newest revision in it. */
  revision: decimal.optional(),
  /** Id of the restore whose previous data is restored. */
  rollback: z.string().optional(),
  /** Member whose copy of it all members are staged from. */
  source: z.string().optional(),
  liveRevision: decimal.optional(),
  /** Added to every member's revision. */
  bump: decimal.optional(),
  serverVersion: z.string().max(40).optional(),
  /** UID of Namespace kube-system of the snapshot. */
  clusterUid: z.string().max(64).optional(),
  /** Id of the restored etcd cluster, in hex. */
  cluster: z
    .string()
    .regex(/^[0-9a-f]*$/)
    .optional(),
  /** Keys and certificates that are restored too: SHA-256 of each member's bundle, as "member=digest" words. */
  pki: z
    .string()
    .regex(/^[^\s=]+=[0-9a-f]{64}( [^\s=]+=[0-9a-f]{64})*$/)
    .optional(),
  reason: z.string().optional(),
  overrides: z.string().optional(),
  found: foundSchema.optional(),
  /** Absent where nothing is put under quarantine. */
  quarantine: quarantineSchema.optional(),
  /** The budget as it was found, fit to be created; "" when there was none; absent before it was saved. */
  budget: z.string().optional(),
  /** Repair: the member, its ids in hex, its peer URL. */
  member: z.string().optional(),
  oldMember: z
    .string()
    .regex(/^[0-9a-f]*$/)
    .optional(),
  newMember: z
    .string()
    .regex(/^[0-9a-f]*$/)
    .optional(),
  peerUrl: z.string().max(400).optional(),
  /** Machines that were away for good when it was undone, in words: what they have is undone when they come. */
  absent: z
    .string()
    .regex(/^[-A-Za-z0-9._ ]{1,400}$/)
    .optional(),
});
export type LedgerRecord = z.infer<typeof ledgerSchema>;

/** Whether the operation has come to this phase, or set this mark, at any time. */
export function reached(record: LedgerRecord, phaseOrMark: string): boolean {
  return record.times[phaseOrMark] !== undefined || record.phase === phaseOrMark;
}

/** Whether the operation is further than this phase. Never while it is being undone. */
export function isBeyond(record: LedgerRecord, phase: ForwardPhase): boolean {
  const now = ledgerPhases.indexOf(record.phase as ForwardPhase);
  return now > ledgerPhases.indexOf(phase);
}

/** Whether all members are staged and none is the cluster's yet: what is done then is done to all of them, or to none. */
export const isBound = (record: LedgerRecord): boolean =>
  isBeyond(record, "open") && !isBeyond(record, "started");

/** Whether nothing is left to be done for this operation. Of fields that nobody has validated too. */
export const isOver = ({ phase }: { readonly phase?: string }): boolean =>
  phase === "finished" || phase === "undone";
