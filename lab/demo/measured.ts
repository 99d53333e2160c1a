import type { Outage } from "./outage";
import { Prober } from "./prober";
import type { Scene } from "./scene";
import type { UserApi } from "./userApi";
import { Watchers } from "./watchers";

/** An object that every cluster has; reading it reaches etcd, unlike the health endpoints. */
const probePath = "/api/v1/namespaces/kube-system";

/**
 * Does `work` while a prober asks the user cluster's address and clients hold watches on it, and measures how long it
 * did not answer. Returns when it answers again.
 */
export async function measured<T>(
  { api, account }: Pick<Scene, "account"> & { readonly api: UserApi },
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly outage: Outage }> {
  const watchers = new Watchers(api);
  const prober = new Prober(() => api.answers(probePath));
  try {
    await watchers.start();
    await prober.start();
    account.say(`${watchers.count} watches are open; a prober asks ${probePath} every 50 ms`);
    const result = await work();
    await prober.answerAfter(performance.now());
    return { result, outage: await prober.stop() };
  } finally {
    prober.end();
    await watchers.stop();
  }
}

/** Seconds of an outage, to a hundredth. */
export function outageSeconds(outage: Outage): number {
  return Math.round(outage.outageMs / 10) / 100;
}

/** How the figure came about, for the account. */
export function describeProbes(outage: Outage): string {
  const { probes, answered, blindMs } = outage;
  return `${probes} probes, ${answered} answered, never ${Math.round(blindMs)} ms without one`;
}
