import type { ActContext } from "../act";
import { type HostedControlPlane, judgeHostedAfter } from "../hosted";
import type { LedgerRecord } from "../ledgerRecord";
import { messageOf, secondsOf, waitUntil } from "../waiting";

export interface HostedAfter {
  readonly hosted?: readonly HostedControlPlane[];
  readonly warnings: readonly string[];
}

/**
 * Waits until the control planes that the restored cluster hosts are ready as before, and says what of them is otherwise.
 * None of it ends a restore: the restored cluster serves, and each of them is a matter of its own.
 */
export async function checkHosted(
  { substrate: { userApi }, say }: ActContext,
  { found }: Pick<LedgerRecord, "found">,
): Promise<HostedAfter> {
  if (userApi.hosted === undefined) return { warnings: [] };
  let after: readonly HostedControlPlane[] | undefined;
  const ask = async () => {
    after = (await userApi.hosted?.()) ?? after;
    return after !== undefined && judgeHostedAfter(found?.hosted, after).late.length === 0;
  };
  const { done, unasked } = await waitUntil(ask, { seconds: secondsOf("HOSTED_SECONDS", 120), every: 1 });
  if (after === undefined)
    return { warnings: [`hosted control planes could not be asked for: ${unasked ?? "no answer"}`] };
  if (after.length > 0 && done) say(`hosted control planes: ${after.length} of ${after.length} as before`);
  return { hosted: after, warnings: judgeHostedAfter(found?.hosted, after).warnings };
}

/** Before the first change; undefined where the cluster does not answer, or hosts nothing that anybody asks for. */
export async function findHosted({
  substrate: { userApi },
  say,
}: Pick<ActContext, "substrate" | "say">): Promise<readonly HostedControlPlane[] | undefined> {
  try {
    return await userApi.hosted?.();
  } catch (cause) {
    say(`hosted control planes could not be asked for: ${messageOf(cause)}`);
    return undefined;
  }
}
