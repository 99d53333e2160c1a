import { askStatus } from "../etcdStatus";
import type { Substrate } from "../substrate";
import { secondsOf, waitUntil } from "../waiting";
import { absentFrom } from "./verify/asking";
import { askHashes, type MemberHash } from "./verify/hashes";

/** What the members held when they were compared while clients wrote. */
export interface LiveComparison {
  readonly equal: boolean;
  /** In decimal; "" when not all members said one. */
  readonly revision: string;
  readonly hashes: readonly MemberHash[];
  /** Names of the members that gave no hash. */
  readonly absent: readonly string[];
}

/**
 * Compares the members' contents while clients write: at the newest revision that all of them have. A compaction between
 * two answers changes the hash, so that what differs is asked again for a while, each time at the revision of then.
 */
export async function compareLive(
  substrate: Pick<Substrate, "members" | "etcd">,
  seconds = secondsOf("HASH_SECONDS", 60),
): Promise<LiveComparison> {
  let last: LiveComparison = { equal: false, revision: "", hashes: [], absent: absentFrom(substrate, []) };
  const equal = async () => {
    last = await compareOnce(substrate);
    return last.equal;
  };
  await waitUntil(equal, { seconds, every: 0.2 });
  return last;
}

async function compareOnce(substrate: Pick<Substrate, "members" | "etcd">): Promise<LiveComparison> {
  const statuses = await askStatus(substrate);
  const silent = absentFrom(substrate, statuses);
  const [first] = [...statuses].sort((a, b) => (a.revision < b.revision ? -1 : 1));
  if (first === undefined || silent.length > 0)
    return { equal: false, revision: "", hashes: [], absent: silent };
  const hashes = await askHashes(substrate, first.revision);
  const absent = absentFrom(substrate, hashes);
  const equal = absent.length === 0 && new Set(hashes.map(({ hash }) => hash)).size === 1;
  return { equal, revision: first.revision.toString(), hashes, absent };
}
