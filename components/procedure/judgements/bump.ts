import { type Refusal, refused } from "../refusal";

/** The smallest bump: no client is a billion revisions ahead of what anybody knows. */
const BILLION = 1_000_000_000n;

/** From where a restore takes the revision, and above what. Revisions as decimal text, as they were read. */
export interface BumpFacts {
  /** Newest that a member says; "0" when none answers. */
  readonly live: string;
  /** Of what is restored; a roll-back learns it only later, as if from "0" until then. */
  readonly start: string;
  /** Where earlier restores took the revision: members that say less, or nothing, do not know where the cluster was. */
  readonly earlier: readonly { readonly revision: string; readonly bump: string }[];
}

/** Where the numbers come from, for messages. */
export interface BumpPlaces {
  readonly cluster: string;
  readonly ledger: string;
  readonly lookAtLedger: () => string;
}

/**
 * etcd counts revisions with 63 bits. Of at most 18 digits they leave room for every sum of {@link bumpOf}; no real
 * cluster comes near (a million writes a second for 30 years).
 */
export function judgeCountable(
  revision: string,
  whose: string,
  lookAtLedger: () => string,
): Refusal | undefined {
  if (!/^\d+$/.test(revision))
    return refused(
      "revision-invalid",
      `${whose}: '${revision}': not a revision, which is a number`,
      lookAtLedger(),
    );
  if (revision.length <= 18) return undefined;
  return refused(
    "revision-no-room",
    `${whose}: revision ${revision} leaves no room above it: etcd counts to 9223372036854775807`,
    "Choose an older snapshot, or copy the objects into a new cluster.",
  );
}

/** Whether every number that the bump is computed from leaves room for it. */
export function judgeBump(
  facts: BumpFacts,
  { cluster, ledger, lookAtLedger }: BumpPlaces,
): Refusal | undefined {
  const numbers: [revision: string, whose: string][] = [
    [facts.live, `etcd of ${cluster}`],
    [facts.start, "restore.snapshot"],
  ];
  for (const { revision, bump } of facts.earlier)
    numbers.push([bump, `bump in the ledger ${ledger}`], [revision, `revision in the ledger ${ledger}`]);
  for (const [revision, whose] of numbers) {
    const refusal = judgeCountable(revision, whose, lookAtLedger);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/**
 * What is added to the restored revision, so that it is above every one that a client may remember: a fifth more than the
 * newest that a member says. Where an earlier restore took the cluster further than that, the members run on other data
 * since (new volumes, data put back), or say nothing: then its ledger says where it took it.
 */
export function bumpOf({ live, start, earlier }: BumpFacts): bigint {
  const [from, now] = [BigInt(start), BigInt(live)];
  const known = earlier.reduce(
    (highest, { revision, bump }) => {
      const taken = BigInt(revision) + BigInt(bump);
      return taken > now && taken + BILLION > highest ? taken + BILLION : highest;
    },
    now + now / 5n,
  );
  const ahead = known - from;
  return ahead > BILLION ? ahead : BILLION;
}

/**
 * Whether what the members are staged with is still above all that clients may remember: while members were staged, users
 * may have written on.
 */
export function judgeAhead(
  facts: { readonly live: bigint; readonly revision: string; readonly bump: string },
  id: string,
): Refusal | undefined {
  const reaches = BigInt(facts.revision) + BigInt(facts.bump);
  if (reaches > facts.live) return undefined;
  return refused(
    "bump-behind",
    `the members are staged for revision ${reaches}, and the cluster has come to ${facts.live} since`,
    `Start again with a new id: pulumi destroy, pulumi config set --path restore.id ${id}-2`,
  );
}
