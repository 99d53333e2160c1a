import { askMembers, askStatus, parseFields } from "../../etcdStatus";
import { errorOf, failed } from "../../refusal";
import type { Substrate } from "../../substrate";
import { secondsOf, waitUntil } from "../../waiting";
import { absentFrom, GO_BACK } from "./asking";

/** Hash of everything up to a revision, in decimal. */
export interface MemberHash {
  readonly member: string;
  readonly hash: string;
}

type Asked = Pick<Substrate, "members" | "etcd">;

/** A member reads all of its store for the answer: 8 GiB take 6 s when they are in memory, and longer from a disk. */
const ANSWER_SECONDS = 60;

/** The members' contents are equal at this revision. @returns their hashes */
export async function demandEqual(substrate: Asked, revision: bigint): Promise<readonly MemberHash[]> {
  let hashes: readonly MemberHash[] = [];
  const ask = async () => {
    hashes = await askHashes(substrate, revision);
    return absentFrom(substrate, hashes).length === 0;
  };
  const seconds = secondsOf("HASH_SECONDS", 30);
  const { done } = await waitUntil(ask, { seconds, every: 0.2 });
  if (!done) {
    const parted = await askParted(substrate);
    throw parted === undefined
      ? unhashed(substrate, revision, hashes)
      : differ(parted.revision, parted.hashes);
  }
  // A compaction may be at work on one of them: a moment's patience, then what differs differs.
  const equal = async () => areEqual(hashes) || ((await ask()) && areEqual(hashes));
  const settled = await waitUntil(equal, { seconds: Math.min(seconds, 5), every: 0.2 });
  if (!settled.done) throw differ(revision, hashes);
  return hashes;
}

/** Hashes at a revision, of the members that have it. */
export async function askHashes(substrate: Asked, revision: bigint): Promise<readonly MemberHash[]> {
  const argv = ["endpoint", "hashkv", `--rev=${revision}`, "-w", "fields"];
  const answers = await askMembers(substrate, argv, { seconds: ANSWER_SECONDS });
  return answers.flatMap(({ member, answer }) => {
    const hash = answer.code === 0 ? parseFields(answer.stdout).get("Hash") : undefined;
    return hash === undefined ? [] : [{ member, hash }];
  });
}

const areEqual = (hashes: readonly MemberHash[]): boolean =>
  new Set(hashes.map(({ hash }) => hash)).size === 1;

/**
 * Members that never come to the canary's revision, which is that of the member that took it, may have another history
 * rather than less of it: then their contents differ at the last revision that all have.
 */
async function askParted(
  substrate: Asked,
): Promise<{ readonly revision: bigint; readonly hashes: readonly MemberHash[] } | undefined> {
  const statuses = await askStatus(substrate);
  const [first] = statuses;
  if (first === undefined || absentFrom(substrate, statuses).length > 0) return undefined;
  const revision = statuses.reduce(
    (least, status) => (status.revision < least ? status.revision : least),
    first.revision,
  );
  const hashes = await askHashes(substrate, revision);
  return absentFrom(substrate, hashes).length === 0 && !areEqual(hashes) ? { revision, hashes } : undefined;
}

function unhashed(substrate: Asked, revision: bigint, hashes: readonly MemberHash[]) {
  return errorOf(
    failed(
      "etcd-unhashed",
      `etcd: no hash at revision ${revision} from: ${absentFrom(substrate, hashes).join(" ")}`,
      `A member that lags or cannot be asked. 'pulumi up' asks again. ${GO_BACK}`,
    ),
  );
}

function differ(revision: bigint, hashes: readonly MemberHash[]) {
  const each = hashes.map(({ member, hash }) => `${member} has hash ${hash}`).join("; ");
  return errorOf(
    failed(
      "etcd-differs",
      `etcd: the members' contents differ at revision ${revision}: ${each}`,
      `Do not start the API servers. ${GO_BACK} Keep the members' logs, and restore again with a new restore.id.`,
    ),
  );
}
