import { type Refusal, refused } from "../refusal";

/** UIDs of Namespace kube-system, which are a cluster's identity; undefined where nothing says one. */
export interface IdentityFacts {
  /** In the snapshot. */
  readonly snapshot: string | undefined;
  /** As the user typed it. */
  readonly typed: string | undefined;
  /** As the live cluster answers. */
  readonly live: string | undefined;
  /** In the data of members that still answer. */
  readonly data: string | undefined;
  /** In the newest manifest that names this cluster. */
  readonly manifest: string | undefined;
  /** In the ledger of the newest finished restore of this cluster. */
  readonly history: string | undefined;
}

type Source = Exclude<keyof IdentityFacts, "snapshot">;

const sources: readonly [source: Source, said: string][] = [
  ["typed", ""],
  ["live", ""],
  ["data", " (so says what its members still hold)"],
  ["manifest", " (so says the newest manifest of its backups)"],
  ["history", " (so says the ledger of its last restore)"],
];

function expectedIn(facts: IdentityFacts): { uid: string; source: Source; said: string } | undefined {
  for (const [source, said] of sources) {
    const uid = facts[source];
    if (uid !== undefined) return { uid, source, said };
  }
  return undefined;
}

/**
 * Whether the snapshot is of this cluster: etcd's own tools accept any. What was typed counts, else what the live cluster
 * answers, else what is known of it; where nothing says it, it has to be typed.
 */
export function judgeIdentity(facts: IdentityFacts): Refusal | undefined {
  const { snapshot } = facts;
  if (snapshot === undefined) return undefined;
  const expected = expectedIn(facts);
  if (expected === undefined)
    return refused(
      "identity-unknown",
      `restore.snapshot: it is of the cluster whose kube-system has UID ${snapshot}, and nothing says whether that is this cluster: its API does not answer, none of its members does, and no manifest and no earlier restore names it`,
      `If it is: pulumi config set --path restore.clusterUid ${snapshot}`,
    );
  if (expected.uid === snapshot) return judgeAddress(facts, expected.source);
  return refused(
    "identity-other",
    `restore.snapshot: it is of the cluster whose kube-system has UID ${snapshot}, this cluster's has ${expected.uid}${expected.said}`,
    `Choose a snapshot of this cluster. If it is meant: pulumi config set --path restore.clusterUid ${snapshot}`,
  );
}

/** A kubeconfig of another cluster answers for that one: what the members hold is this cluster's own. */
function judgeAddress({ snapshot, data }: IdentityFacts, source: Source): Refusal | undefined {
  if (source !== "live" || data === undefined || data === snapshot) return undefined;
  return refused(
    "identity-address",
    `userKubeconfig: the cluster at its address has the kube-system with UID ${snapshot}, as has restore.snapshot, and the members that would be restored hold one with UID ${data}: they are two clusters`,
    `Name the kubeconfig of this cluster, and a snapshot of it. If it is meant: pulumi config set --path restore.clusterUid ${snapshot}`,
  );
}

/** What the snapshot was compared with, where that is worth a word. */
export function identityNote(facts: IdentityFacts): string | undefined {
  const expected = expectedIn(facts);
  if (facts.snapshot === undefined)
    return `identity: not compared (${expected?.uid ?? "the live cluster does not say"}; snapshot: does not say)`;
  if (expected === undefined || expected.said === "") return undefined;
  return `identity: kube-system has UID ${expected.uid}${expected.said}`;
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

/**
 * The UID in a stored Namespace, as etcd's client prints it as JSON: in the object's metadata it comes before all that may
 * hold another. Undefined for one that is absent or encrypted.
 */
export function uidInNamespace(json: string): string | undefined {
  try {
    const { kvs = [] } = JSON.parse(json) as { kvs?: { value?: string }[] };
    const value = Buffer.from(kvs[0]?.value ?? "", "base64").toString("latin1");
    return value.startsWith("k8s:enc:") ? undefined : uuid.exec(value)?.[0];
  } catch {
    return undefined;
  }
}
