import { type Refusal, refused } from "../../procedure/refusal";

/** What is known of encryption at rest. Keys are names: "provider:key". */
export interface EncryptionFacts {
  readonly namespace: string;
  /** Of the API servers. */
  readonly statefulSet: string;
  /** Keys that values in the snapshot are encrypted with. */
  readonly wanted: readonly string[];
  /** As restore.allowEncryption says. */
  readonly allowed: readonly string[];
  readonly known: KnownKeys;
}

/** Keys that the API servers have: none configured, these of this Secret, or why it could not be found out. */
export type KnownKeys =
  | { readonly kind: "none" }
  | { readonly kind: "keys"; readonly keys: readonly string[]; readonly secret: string }
  | { readonly kind: "unknown"; readonly why: string };

/** Whether the API servers can read values that are encrypted at rest in the snapshot. */
export function judgeEncryption(facts: EncryptionFacts): Refusal | undefined {
  const { statefulSet, known, allowed } = facts;
  const lost = missing(facts).filter((key) => !allowed.includes(key));
  if (lost.length === 0) return undefined;
  const values = `restore.snapshot: values in it are encrypted with ${lost.join(" ")}`;
  const meant = `If it is meant: pulumi config set --path 'restore.allowEncryption[0]' '${lost[0]}'   (one index for each)`;
  if (known.kind === "none")
    return refused(
      "encryption-none",
      `${values}, the API servers have no --encryption-provider-config: they could read none of them`,
      `Give StatefulSet ${statefulSet} the EncryptionConfiguration with these keys first. ${meant}`,
    );
  if (known.kind === "unknown")
    return refused(
      "encryption-unknown",
      `${values}; which keys the API servers have is unknown: ${known.why}`,
      `Compare the key names yourself, or allow 'get' on that Secret (docs/reference/rights.md). ${meant}`,
    );
  return refused(
    "encryption-lost",
    `${values}, which the API servers do not have; they have ${known.keys.join(" ")}`,
    `Add these keys to the EncryptionConfiguration in Secret ${known.secret} and restart the API servers first. ${meant}`,
  );
}

/** For a person: what was compared, or let pass. */
export function noteEncryption(facts: EncryptionFacts): string | undefined {
  const { wanted } = facts;
  if (wanted.length === 0) return undefined;
  const lost = missing(facts);
  if (lost.length === 0) return `encryption at rest: the API servers have ${wanted.join(" ")}`;
  return `encryption at rest: ${lost.join(" ")} as restore.allowEncryption says`;
}

function missing({ wanted, known }: EncryptionFacts): readonly string[] {
  return wanted.filter((key) => known.kind !== "keys" || !known.keys.includes(key));
}
