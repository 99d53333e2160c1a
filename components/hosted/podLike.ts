import { z } from "zod";
import type { PodTemplate, TemplateContainer } from "./workloads/kubeWorkload";

const short = z.string().max(253);
export const tolerationSchema = z.object({
  key: short.optional(),
  operator: z.enum(["Exists", "Equal"]).optional(),
  value: short.optional(),
  effect: z.enum(["NoExecute", "NoSchedule", "PreferNoSchedule"]).optional(),
  tolerationSeconds: z.number().int().optional(),
});
export const pullSecretSchema = z.object({ name: short });
export const seLinuxSchema = z.object({
  user: short.optional(),
  role: short.optional(),
  type: short.optional(),
  level: short.optional(),
});
const podLikeSchema = z.object({
  tolerations: z.array(tolerationSchema).default([]),
  imagePullSecrets: z.array(pullSecretSchema).default([]),
  /** Absent where they are given none. */
  seLinuxOptions: seLinuxSchema.optional(),
  form: z.literal(2).optional(),
});

/**
 * What a utility Pod takes over from etcd's own: to be let onto their nodes, to get an image from their registry, and to
 * leave their volume the label by which a living member may still read it. With
 * the form in which it is written: in an operation that an older program began its Pods stay as they were made, since
 * another form would be another Pod.
 */
export type PodLike = z.infer<typeof podLikeSchema>;

/** What etcd's Pods say of themselves. */
export interface PodLikeFacts {
  readonly template: PodTemplate;
  /** The container of the template that runs etcd. */
  readonly etcd: TemplateContainer | undefined;
  /** As its ServiceAccount gave them to a member's Pod that is there, where it is not the one that every Pod has. */
  readonly given: readonly unknown[];
  /** Of the utility Pods. */
  readonly image: string | undefined;
}

/** What is no toleration that is known here is left out. */
export function podLikeOf({ template, etcd, given, image }: PodLikeFacts): PodLike {
  const { tolerations = [], imagePullSecrets = [] } = template;
  // Secrets of a Pod's own keep those of its ServiceAccount away: they serve where etcd's image comes from, and not elsewhere.
  const isSame = image !== undefined && registryOf(image) === registryOf(etcd?.image ?? "");
  const secrets = imagePullSecrets.length === 0 && isSame ? given : imagePullSecrets;
  // A container's own count, not the Pod's.
  const labelled = etcd?.securityContext?.seLinuxOptions ?? template.securityContext?.seLinuxOptions;
  const seLinuxOptions = seLinuxSchema.safeParse(labelled).data;
  return {
    tolerations: tolerations.flatMap((one) => tolerationSchema.safeParse(one).data ?? []),
    imagePullSecrets: secrets.flatMap((one) => pullSecretSchema.safeParse(one).data ?? []),
    ...(seLinuxOptions === undefined ? {} : { seLinuxOptions }),
    form: 2,
  };
}

/** The host in an image's name. */
function registryOf(image: string): string {
  const [host = "", ...path] = image.split("/");
  return path.length > 0 && /[.:]|^localhost$/.test(host) ? host : "docker.io";
}

/** As an act's result has it; of an older program's, or of one that was not run, without what that did not say. */
export const parsePodLike = (value: unknown): PodLike =>
  podLikeSchema.safeParse(value).data ?? { tolerations: [], imagePullSecrets: [] };
