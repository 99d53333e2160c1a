import type { ActContext } from "../act";
import type { FoundWorkload } from "../ledgerRecord";
import { errorOf, failed } from "../refusal";
import { messageOf, secondsOf, waitUntil } from "../waiting";

/** Controllers that hold a leader lease in kube-system, unless told not to: one that does not renew its own is not at work. */
const leaderNames = ["kube-controller-manager", "kube-scheduler"];

/** A controller that is put back and holds a lease. */
export interface Leader {
  readonly name: string;
  readonly workload: FoundWorkload;
}

/** The lease as it was restored; a change of it is proof, whatever the clocks say. */
export interface RestoredLease extends Leader {
  /** undefined: there was none. */
  readonly before: string | undefined;
}

export const leadersAmong = (controllers: readonly FoundWorkload[]): readonly Leader[] =>
  leaderNames.flatMap((name) => {
    const workload = controllers.find(
      ({ name: whole, replicas, unelected }) =>
        whole.endsWith(`/${name}`) && replicas > 0 && unelected !== true,
    );
    return workload === undefined ? [] : [{ name, workload }];
  });

/**
 * Hands the leases over before the controllers start: the restored holder is dead, and the next one would wait until its
 * lease runs out. Only of controllers of which no instance lives.
 *
 * @returns the leases as they are then; undefined when they could not be read
 */
export async function handOver(
  { substrate, say }: Pick<ActContext, "substrate" | "say">,
  leaders: readonly Leader[],
): Promise<readonly RestoredLease[] | undefined> {
  const { userApi, workloads } = substrate;
  if (!userApi.known) {
    say("leases: not looked at (no userKubeconfig)");
    return [];
  }
  await Promise.all(
    leaders.map(async ({ name, workload }) => {
      try {
        if ((await workloads.still([workload])).length === 0) await userApi.releaseLease(name);
      } catch (cause) {
        say(
          `${name}: its lease could not be handed over, it will wait until that runs out: ${messageOf(cause)}`,
        );
      }
    }),
  );
  try {
    return await Promise.all(
      leaders.map(async (leader) => ({ ...leader, before: await userApi.leaseRenewed(leader.name) })),
    );
  } catch (cause) {
    say(`leases in kube-system could not be read: ${messageOf(cause)}`);
    return undefined;
  }
}

/** What came of a lease: renewed at that time, or a warning. */
export type LeaseOutcome = { readonly name: string; readonly renewed: string } | { readonly warning: string };

/** Waits until it is renewed. @throws UserError when a controller runs and does nothing */
export async function awaitRenewal(
  { substrate }: Pick<ActContext, "substrate">,
  { name, workload, before }: RestoredLease,
): Promise<LeaseOutcome> {
  let renewed: string | undefined;
  const { done, unasked } = await waitUntil(
    async () => {
      renewed = await substrate.userApi.leaseRenewed(name);
      return renewed !== undefined && renewed !== before;
    },
    { seconds: secondsOf("LEASE_SECONDS", 60), every: 0.5 },
  );
  if (done && renewed !== undefined) return { name, renewed };
  if (unasked !== undefined) {
    return { warning: `${name}: whether it renews its lease in kube-system could not be asked (${unasked})` };
  }
  if (before === undefined) {
    return { warning: `${name} holds no lease in kube-system: whether it works was not seen` };
  }
  throw errorOf(
    failed(
      "lease-not-renewed",
      `${name} does not renew its lease (last: ${before}): it runs and does nothing`,
      `${substrate.advice.lookAtWorkload(workload.name)}; mend the cause, then 'pulumi up' goes on.`,
    ),
  );
}
