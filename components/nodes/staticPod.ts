import { parse } from "yaml";
import { z } from "zod";

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
  /** A flag's value; undefined where it is not given. */
  flag(name: string): string | undefined;
  /** A path of the container's as the machine has it; undefined where no volume of the machine's is mounted there. */
  hostPath(path: string): string | undefined;
}

/** @returns undefined for what is no static Pod's manifest */
export function parseStaticPod(text: string): StaticPod | undefined {
  const parsed = podSchema.safeParse(yamlOf(text));
  if (!parsed.success) return undefined;
  const { metadata, spec } = parsed.data;
  const [container] = spec.containers;
  if (container === undefined) return undefined;
  const words = [...container.command, ...container.args].flatMap((word) => word.split(/\s+/));
  return {
    name: metadata.name,
    container: container.name,
    image: container.image,
    probes: { startup: container.startupProbe, liveness: container.livenessProbe },
    flag: (name) => flagIn(words, name),
    hostPath(path) {
      const mounts = container.volumeMounts
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

function yamlOf(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

/** `--name=value` or `--name value`, with one dash or two. */
function flagIn(words: readonly string[], name: string): string | undefined {
  for (const [at, word] of words.entries()) {
    const plain = word.replace(/^--?/, "");
    if (plain === word) continue;
    if (plain === name) return words[at + 1];
    if (plain.startsWith(`${name}=`)) return plain.slice(name.length + 1).replace(/^["']|["']$/g, "");
  }
  return undefined;
}
