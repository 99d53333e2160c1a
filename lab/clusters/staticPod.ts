import type {
  V1Container,
  V1HTTPGetAction,
  V1Pod,
  V1PodSecurityContext,
  V1Probe,
  V1Volume,
  V1VolumeMount,
} from "@kubernetes/client-node";

/** What tells one static Pod of a control plane from another. */
export interface StaticPodParts {
  readonly name: string;
  readonly image: string;
  readonly flags: Readonly<Record<string, string>>;
  /** Host paths that the Pod mounts at the same place. */
  readonly paths: readonly HostPath[];
  readonly probes: Pick<V1Container, "livenessProbe" | "readinessProbe" | "startupProbe">;
  readonly annotations?: Readonly<Record<string, string>>;
  /** User and group of its process. Default: root. */
  readonly user?: Pick<V1PodSecurityContext, "runAsUser" | "runAsGroup">;
}

export interface HostPath {
  /** Name of the volume. */
  readonly name: string;
  readonly path: string;
  readonly kind: "DirectoryOrCreate" | "FileOrCreate";
  readonly writable?: boolean;
}

/** A manifest as kubeadm writes it. */
export function staticPod(parts: StaticPodParts): V1Pod {
  const program = parts.name;
  const command = [program, ...Object.entries(parts.flags).map(([flag, value]) => `--${flag}=${value}`)];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: parts.name,
      namespace: "kube-system",
      labels: { component: parts.name, tier: "control-plane" },
      ...(parts.annotations === undefined ? {} : { annotations: { ...parts.annotations } }),
    },
    spec: {
      hostNetwork: true,
      priorityClassName: "system-node-critical",
      securityContext: { ...parts.user, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: parts.name,
          image: parts.image,
          imagePullPolicy: "Never",
          resources: { requests: { cpu: "100m" } },
          command,
          ...parts.probes,
          volumeMounts: parts.paths.map(
            ({ name, path, writable }): V1VolumeMount => ({
              name,
              mountPath: path,
              readOnly: writable !== true,
            }),
          ),
        },
      ],
      volumes: parts.paths.map(
        ({ name, path, kind }): V1Volume => ({ name, hostPath: { path, type: kind } }),
      ),
    },
  };
}

/** Times and thresholds of kubeadm, but asked every second while it starts. */
export function probe(get: V1HTTPGetAction, kind: "live" | "ready" | "startup"): V1Probe {
  const common = { httpGet: get, timeoutSeconds: 15 };
  switch (kind) {
    case "live":
      return { ...common, initialDelaySeconds: 10, periodSeconds: 10, failureThreshold: 8 };
    case "ready":
      return { ...common, periodSeconds: 1, failureThreshold: 3 };
    case "startup":
      return { ...common, periodSeconds: 1, failureThreshold: 240 };
  }
}

/** A question to a program in the machine's own network. */
export function local(
  port: number,
  path: string,
  scheme: "HTTP" | "HTTPS",
  host = "127.0.0.1",
): V1HTTPGetAction {
  return { host, port, path, scheme };
}
