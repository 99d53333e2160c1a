import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { flagOf, storagePrefixIn } from "../procedure/containerFlags";

const probeSchema = z.object({
  initialDelaySeconds: z.number().optional(),
  periodSeconds: z.number().optional(),
  failureThreshold: z.number().optional(),
});
/** What the kubelet asks a container, and how often. */
export type Probe = z.infer<typeof probeSchema>;

/** What of a static Pod's manifest counts here. */
const podSchema = z.object({
  kind: z.literal("Pod"),
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    containers: z
      .array(
        z.object({
          name: z.string(),
          image: z.string().default(""),
          command: z.array(z.string()).default([]),
          args: z.array(z.string()).default([]),
          env: z.array(z.object({ name: z.string(), value: z.string().optional() })).default([]),
          startupProbe: probeSchema.optional(),
          livenessProbe: probeSchema.optional(),
          volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })).default([]),
        }),
      )
      .min(1),
    volumes: z
      .array(z.object({ name: z.string(), hostPath: z.object({ path: z.string() }).optional() }))
      .default([]),
  }),
});

/** A static Pod with one server in it. */
export interface StaticPod {
  /** e.g. "kube-apiserver" */
  readonly name: string;
  readonly container: string;
  readonly image: string;
  /** By which the kubelet ends a container that does not answer. */
  readonly probes: { readonly startup?: Probe | undefined; readonly liveness?: Probe | undefined };
  /** A flag's value, of etcd also where its environment gives it; undefined where it is not given. */
  flag(name: string): string | undefined;
  /** Directories and files of the machine's that are mounted in it. */
  readonly hostPaths: readonly string[];
  /** A path of the container's as the machine has it; undefined where no volume of the machine's is mounted there. */
  hostPath(path: string): string | undefined;
}

/** @returns undefined for what is no static Pod's manifest */
export function parseStaticPod(text: string): StaticPod | undefined {
  const parsed = podSchema.safeParse(manifestIn(text));
  if (!parsed.success) return undefined;
  const { metadata, spec } = parsed.data;
  // Another one in it helps the server that the Pod is called by.
  const container = spec.containers.find(({ name }) => name === metadata.name) ?? spec.containers[0];
  if (container === undefined) return undefined;
  return {
    name: metadata.name,
    container: container.name,
    image: container.image,
    probes: { startup: container.startupProbe, liveness: container.livenessProbe },
    hostPaths: spec.volumes.flatMap(({ hostPath }) => (hostPath === undefined ? [] : [hostPath.path])),
    flag: (name) => flagOf(container, name),
    hostPath(path) {
      const mounts = container.volumeMounts
        .map(({ name, mountPath }) => ({ name, mountPath: mountPath.replace(/(.)\/+$/, "$1") }))
        .filter(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath.replace(/\/$/, "")}/`))
        .sort((a, b) => b.mountPath.length - a.mountPath.length);
      const [mount] = mounts;
      const host = spec.volumes.find(({ name }) => name === mount?.name)?.hostPath?.path;
      return host === undefined || mount === undefined
        ? undefined
        : host + path.slice(mount.mountPath.length);
    },
  };
}

/** Under which an API server keeps its objects in etcd. */
export const storagePrefixOf = (apiServer: StaticPod | undefined): string | undefined =>
  storagePrefixIn(apiServer?.flag("etcd-prefix"));

/** As the kubelet reads it: the first document of a file, and of keys that are there twice the last. */
export function manifestIn(text: string): unknown {
  try {
    return parseAllDocuments(text, { uniqueKeys: false, merge: true })[0]?.toJS();
  } catch {
    return undefined;
  }
}
