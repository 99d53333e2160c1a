import { type Refusal, refused } from "../../procedure/refusal";

/** Where a hosted cluster's ledger lies. */
export interface HostedSite {
  readonly namespace: string;
  /** UID of the Namespace: no other cluster has it. undefined: nobody may read it, or there is none. */
  readonly uid: string | undefined;
}

/** What is known of the place that the arguments lead to. */
export interface FoundSite extends HostedSite {
  /** The admin cluster has such a namespace; undefined: it does not say. */
  readonly exists: boolean | undefined;
}

/**
 * Whether an operation goes on where it has begun. Elsewhere it has no ledger: what it stopped would stay stopped, and what
 * it has not yet done would be done to another cluster.
 */
export function judgeSite(id: string, begun: HostedSite, now: FoundSite): Refusal | undefined {
  if (begun.namespace !== now.namespace)
    return refused(
      "namespace-changed",
      `namespace: the configuration says ${now.namespace}, but restore ${id} has begun with ${begun.namespace}`,
      `pulumi config set namespace ${begun.namespace}; another cluster takes a stack of its own`,
    );
  if (begun.uid === undefined || begun.uid === now.uid) return undefined;
  if (now.exists === undefined) return undefined;
  const found = now.exists
    ? `its namespace ${now.namespace} has the UID ${now.uid}`
    : `it has no such namespace`;
  return refused(
    "cluster-changed",
    `adminKubeconfig: it reaches another cluster than the one that restore ${id} has begun on: ${found}, there namespace ${begun.namespace} has the UID ${begun.uid}`,
    "Name the kubeconfig, or its context (adminContext), of that cluster again, then run the same command. Where the namespace was removed for good, 'pulumi stack rm --force' forgets the restore",
  );
}
