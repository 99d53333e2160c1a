import { type Refusal, refused } from "../refusal";

/** Versions of Kubernetes as their programs say them, e.g. "v1.30.4-gke.100"; undefined where nothing says one. */
export interface KubernetesFacts {
  /** Of the API server when the snapshot was taken. */
  readonly snapshot: string | undefined;
  /** Of the API servers that will serve the restored data: of each that has another, its own. */
  readonly servers: readonly string[];
  /** Of a snapshot that is meant all the same. */
  readonly allowed: string | undefined;
}

/** "v1.30.4-gke.100" as "1.30"; undefined for what is no version. */
export const kubernetesMinor = (version = ""): string | undefined => /^v?(\d+\.\d+)(\.|$)/.exec(version)?.[1];

/**
 * A snapshot of another minor: an upgrade, finished or failed, lies in between. Going back over one by a restore is
 * documented as impossible: programs, certificates and stored objects would be of two versions.
 */
export function judgeKubernetes({ snapshot, servers, allowed }: KubernetesFacts): Refusal | undefined {
  const taken = kubernetesMinor(snapshot);
  const other = servers.find((server) => isOther(taken, server));
  if (taken === undefined || other === undefined || kubernetesMinor(allowed) === taken) return undefined;
  const named = allowed === undefined ? "" : ` (restore.allowKubernetesVersion names ${allowed})`;
  return refused(
    "kubernetes-version",
    `restore.snapshot: it was taken under Kubernetes ${snapshot}, the API servers are ${other}: an upgrade lies in between, which a restore does not take back${named}`,
    `Choose a backup that was taken since. If it is meant: pulumi config set --path restore.allowKubernetesVersion ${taken}`,
  );
}

/** What could not be compared, was allowed, or differs among the servers. */
export function kubernetesNote({ snapshot, servers }: KubernetesFacts): string | undefined {
  const taken = kubernetesMinor(snapshot);
  const minors = [...new Set(servers.map(kubernetesMinor))];
  if (minors.length > 1) return `Kubernetes: the API servers are of several versions: ${servers.join(", ")}`;
  // A snapshot that somebody took by hand says nothing of it.
  if (taken === undefined || minors[0] === undefined) return undefined;
  if (minors[0] === taken) return undefined;
  return `Kubernetes: snapshot of ${snapshot} for ${servers[0]}, as restore.allowKubernetesVersion says`;
}

function isOther(taken: string | undefined, server: string): boolean {
  const minor = kubernetesMinor(server);
  return taken !== undefined && minor !== undefined && minor !== taken;
}
