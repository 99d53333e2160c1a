import { z } from "zod";

/** API servers of another cluster that run as Pods of the asked one. */
export interface ControlPlaneInside {
  /** `namespace/Kind/name` of the workload. */
  readonly name: string;
  readonly wanted: number;
  readonly ready: number;
}

const words = z.array(z.string()).default([]);
const container = z.object({ name: z.string().default(""), command: words, args: words });
const workload = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string() }),
  spec: z.object({
    replicas: z.number().int().default(1),
    template: z.object({ spec: z.object({ containers: z.array(container) }) }),
  }),
  status: z.object({ readyReplicas: z.number().int().default(0) }).default({ readyReplicas: 0 }),
});

export const kindsWithServers = ["StatefulSet", "Deployment"] as const;

/**
 * Of workloads those that run API servers: hosted control planes of every maker have one that is called by its program's
 * name (kubeception's and Kubermatic's StatefulSet or Deployment, Kamaji's and HyperShift's Deployment).
 */
export function controlPlanesAmong(
  kind: (typeof kindsWithServers)[number],
  items: readonly unknown[],
): readonly ControlPlaneInside[] {
  return items.flatMap((item) => {
    const parsed = workload.safeParse(item);
    if (!parsed.success) return [];
    const { metadata, spec, status } = parsed.data;
    if (!spec.template.spec.containers.some(runsApiServer)) return [];
    const name = `${metadata.namespace}/${kind}/${metadata.name}`;
    return [{ name, wanted: spec.replicas, ready: status.readyReplicas }];
  });
}

const runsApiServer = ({ name, command, args }: z.infer<typeof container>): boolean =>
  name === "kube-apiserver" ||
  [...command, ...args].some((word) => /(^|\/)kube-apiserver$/.test(word.split(/\s/)[0] ?? ""));
