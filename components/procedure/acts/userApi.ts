import type { ActContext } from "../act";
import { errorOf, failed } from "../refusal";
import { waitUntil } from "../waiting";

export const GO_ON = "then 'pulumi up' goes on; 'pulumi destroy' goes back to the previous data.";

/**
 * Waits until the cluster answers at its own address: ready instances are not enough, before /readyz valid users get 403
 * for a moment.
 *
 * @returns false when it does not answer; true also when it cannot be asked at all, which is said
 */
export async function awaitUserApi(
  { substrate, say }: Pick<ActContext, "substrate" | "say">,
  seconds = 60,
): Promise<boolean> {
  const { userApi } = substrate;
  if (!userApi.known) {
    say("no userKubeconfig: the user cluster's own address was not asked");
    return true;
  }
  const { done } = await waitUntil(() => userApi.answers(), { seconds, every: 0.1 });
  return done;
}

export const SILENT_API = "userKubeconfig: the user cluster's address does not answer /readyz";

/** @throws UserError when the cluster does not answer at its own address */
export async function demandUserApi(context: Pick<ActContext, "substrate" | "say">): Promise<void> {
  if (await awaitUserApi(context)) return;
  const { advice } = context.substrate;
  throw errorOf(failed("user-api-silent", SILENT_API, `${advice.lookAtUserApi()}; ${GO_ON}`));
}
