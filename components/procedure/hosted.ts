import { z } from "zod";

/** API servers of another cluster that run as Pods of the restored one. */
export const hostedSchema = z.object({
  /** `namespace/Kind/name` of the workload. */
  name: z.string().regex(/^[-a-z0-9]+\/[A-Za-z]+\/[-a-z0-9.]+$/),
  wanted: z.number().int().min(0),
  ready: z.number().int().min(0),
});
export type HostedControlPlane = z.infer<typeof hostedSchema>;

/** "uc1 (StatefulSet/kube-apiserver)" */
const titleOf = ({ name }: HostedControlPlane): string => {
  const [namespace = "", ...workload] = name.split("/");
  return `${namespace} (${workload.join("/")})`;
};
const listed = (some: readonly HostedControlPlane[]): string => some.map(titleOf).join(", ");

/** What a restore means for the control planes that run in the restored cluster. */
export function noteHosted(hosted: readonly HostedControlPlane[]): string | undefined {
  if (hosted.length === 0) return undefined;
  return `hosts the control planes of ${listed(hosted)}: they go on serving, and until this one is back nothing heals, moves or scales them`;
}

/** What of the control planes is otherwise than before the restore. */
export interface HostedVerdict {
  /** Known, and not all that were ready are so again. */
  readonly late: readonly HostedControlPlane[];
  /** A sentence each. */
  readonly warnings: readonly string[];
}

/**
 * @param before what the cluster had when it was last asked; undefined where it did not answer
 * @param after what the restored one has
 */
export function judgeHostedAfter(
  before: readonly HostedControlPlane[] | undefined,
  after: readonly HostedControlPlane[],
): HostedVerdict {
  const had = (one: HostedControlPlane) => before?.find(({ name }) => name === one.name);
  // Without a word from before all that is wanted is waited for.
  const late = after.filter((one) => one.ready < Math.min(one.wanted, had(one)?.ready ?? one.wanted));
  const unknown = (before ?? []).filter(({ name }) => !after.some((one) => one.name === name));
  const back = before === undefined ? [] : after.filter((one) => had(one) === undefined);
  return {
    late,
    warnings: [
      ...late.map(
        (one) =>
          `hosted control plane ${titleOf(one)}: ${one.ready} of ${one.wanted} API servers are ready: look at its Pods`,
      ),
      ...unknown.map(
        (one) =>
          `hosted control plane ${titleOf(one)} is younger than what was restored, which does not know it: its Pods are ended; its volumes stay where their storage keeps them`,
      ),
      ...back.map(
        (one) =>
          `hosted control plane ${titleOf(one)} had been removed, and is back with what was restored: remove it again, or look whether its volumes still have its data`,
      ),
    ],
  };
}
