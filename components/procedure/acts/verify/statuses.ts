import { askStatus, type MemberStatus } from "../../etcdStatus";
import type { Substrate } from "../../substrate";
import { secondsOf, waitUntil } from "../../waiting";
import { absentFrom } from "./asking";

/**
 * Every member's status. All had answered when etcd was started: one that is silent now, as on a busy machine, is asked
 * again for a while, since the outage would only get longer by an end here.
 *
 * @returns without those that stay silent
 */
export async function askAllStatuses(
  substrate: Pick<Substrate, "members" | "etcd">,
): Promise<readonly MemberStatus[]> {
  return awaitStatuses(substrate, (statuses) => absentFrom(substrate, statuses).length === 0, 0.2);
}

/** The statuses that are waited for, or the last ones: on a busy machine a member that serves may answer late. */
export async function awaitStatuses(
  substrate: Pick<Substrate, "members" | "etcd">,
  expected: (statuses: readonly MemberStatus[]) => boolean,
  every: number,
): Promise<readonly MemberStatus[]> {
  let statuses: readonly MemberStatus[] = [];
  const asked = async () => {
    statuses = await askStatus(substrate);
    return expected(statuses);
  };
  await waitUntil(asked, { seconds: secondsOf("STATUS_SECONDS", 30), every });
  return statuses;
}
