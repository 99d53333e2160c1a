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
  let statuses: readonly MemberStatus[] = [];
  const ask = async () => {
    statuses = await askStatus(substrate);
    return absentFrom(substrate, statuses).length === 0;
  };
  await waitUntil(ask, { seconds: secondsOf("STATUS_SECONDS", 30), every: 0.2 });
  return statuses;
}
