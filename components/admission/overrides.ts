/** What a restore may do although a check says no. Each names exactly what it lets pass. */
export interface Overrides {
  /** etcd version of a snapshot that is newer than the server. */
  readonly allowVersion?: string;
  /** Version of Kubernetes that a snapshot was taken under, where the API servers have another. */
  readonly allowKubernetesVersion?: string;
  /** "provider:key" of encryption at rest that the API servers are not known to have. */
  readonly allowEncryption?: readonly string[];
  /** Role of the cluster that the snapshot is of. */
  readonly allowRole?: "admin";
  /** A file without a digest. */
  readonly allowUnhashed?: boolean;
  /** Servers that may be called without a check of their certificate. */
  readonly allowInsecure?: readonly string[];
}

/** One line for the ledger: "name=value" words, in the order of their names; empty without any. */
export function overridesText(overrides: Overrides & { readonly clusterUid?: string }): string {
  return Object.entries(overrides)
    .filter(([, value]) => value !== undefined && value !== false && String(value) !== "")
    .map(([name, value]) => `${name}=${String(value)}`)
    .sort()
    .join(" ");
}
