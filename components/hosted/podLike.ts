import { z } from "zod";
import type { PodTemplate } from "./workloads/kubeWorkload";

const short = z.string().max(253);
export const tolerationSchema = z.object({
  key: short.optional(),
  operator: z.enum(["Exists", "Equal"]).optional(),
  value: short.optional(),
  effect: z.enum(["NoExecute", "NoSchedule", "PreferNoSchedule"]).optional(),
  tolerationSeconds: z.number().int().optional(),
});
export const pullSecretSchema = z.object({ name: short });
const podLikeSchema = z.object({
  tolerations: z.array(tolerationSchema).default([]),
  imagePullSecrets: z.array(pullSecretSchema).default([]),
  form: z.literal(2).optional(),
});

/**
 * What a utility Pod takes over from etcd's own: to be let onto their nodes, and to get an image from their registry. With
 * the form in which it is written: in an operation that an older program began its Pods stay as they were made, since
 * another form would be another Pod.
 */
export type PodLike = z.infer<typeof podLikeSchema>;

/** What is no toleration that is known here is left out. */
export function podLikeOf({ tolerations = [], imagePullSecrets = [] }: PodTemplate): PodLike {
  return {
    tolerations: tolerations.flatMap((one) => tolerationSchema.safeParse(one).data ?? []),
    imagePullSecrets: imagePullSecrets.flatMap((one) => pullSecretSchema.safeParse(one).data ?? []),
    form: 2,
  };
}

/** As an act's result has it; of an older program's, or of one that was not run, without what that did not say. */
export const parsePodLike = (value: unknown): PodLike =>
  podLikeSchema.safeParse(value).data ?? { tolerations: [], imagePullSecrets: [] };
