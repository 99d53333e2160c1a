const PREFIX = Buffer.from("k8s:enc:");
/** `k8s:enc:<provider>:<version>:<key>:`, the prefix of every provider of the API server's encryption at rest. */
const WHOLE_PREFIX = /^k8s:enc:([^:]+):([^:]+):([^:]+):/;
/** Prefixes end within this many bytes: key names are short, and KMS plugin names are limited to 100 characters. */
const LONGEST_PREFIX = 512;

/** Which provider and key an encrypted value names. */
export interface Encryption {
  /** `aescbc`, `aesgcm`, `secretbox` or `kms`. */
  readonly provider: string;
  /** Of the provider's format: `v2` for a KMS plugin of `apiVersion: v2`; all others write `v1`. */
  readonly version: string;
  /** Name of the key, or of the KMS plugin. */
  readonly keyName: string;
}

/** Which key a value is encrypted with; undefined for a value that is not, or whose prefix no API server takes for one. */
export function encryptionOf(value: Buffer): Encryption | undefined {
  if (!value.subarray(0, PREFIX.length).equals(PREFIX)) return undefined;
  const found = WHOLE_PREFIX.exec(value.toString("latin1", 0, LONGEST_PREFIX));
  if (found === null) return undefined;
  const [, provider = "", version = "", keyName = ""] = found;
  return { provider, version, keyName };
}

/** Such as `aescbc:key1`, and `kms v2:vault`: the two versions of KMS need different plugins. */
export function describeEncryption({ provider, version, keyName }: Encryption): string {
  return provider === "kms" ? `${provider} ${version}:${keyName}` : `${provider}:${keyName}`;
}
