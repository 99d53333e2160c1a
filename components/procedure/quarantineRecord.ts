import { z } from "zod";

/** `namespace/Kind/name`; in a wish, `*` stands for any part of the namespace or the name. */
export const quarantinedKinds = ["Deployment", "StatefulSet", "ReplicaSet"] as const;
const part = "[-a-z0-9.*]{1,253}";
/** What may be wished for. */
export const quarantineWish = new RegExp(`^${part}/(${quarantinedKinds.join("|")})/${part}$`);

const quarantinedWorkload = z.object({
  /** `namespace/Kind/name` */
  name: z.string().regex(/^[-a-z0-9]+\/[A-Za-z]+\/[-a-z0-9.]+$/),
  /** As the restored data had it: what it is given back. */
  replicas: z.number().int().min(0),
  /** When it was given back. */
  released: z.string().max(40).optional(),
});
export type QuarantinedWorkload = z.infer<typeof quarantinedWorkload>;

/** Objects of one sort that were there before the restore and are younger than what was restored. */
const newerObjects = z.object({
  count: z.number().int().min(0),
  /** At most 20, as `namespace/name`; cluster-scoped ones without a namespace. */
  named: z.array(z.string().max(600)),
});
export const newerKinds = ["machines", "nodes", "pods"] as const;
export const newerSchema = z.object({ machines: newerObjects, nodes: newerObjects, pods: newerObjects });
export type Newer = z.infer<typeof newerSchema>;

/** What a ledger says of a quarantine. */
export const quarantineSchema = z.object({
  /** What is put under quarantine, `namespace/Kind/name` with `*`. */
  wanted: z.array(z.string().regex(quarantineWish)),
  /** What the restored data does not know; absent where no member could be asked. */
  newer: newerSchema.optional(),
  /** What was found, written before it is set to 0. */
  workloads: z.array(quarantinedWorkload).optional(),
});
export type QuarantineRecord = z.infer<typeof quarantineSchema>;
