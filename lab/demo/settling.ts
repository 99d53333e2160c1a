import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "../waiting";
import { dumpKeys, type Etcdctl } from "./keyDump";
import { compareKeys, isEqual, type RewrittenKeys } from "./keys";
import { rewrittenKeys } from "./rewrittenKeys";
import type { UserApi } from "./userApi";

const leaders = ["kube-controller-manager", "kube-scheduler"] as const;

/**
 * Waits until the controller manager and the scheduler really work: their Pods are ready long before, but lead only
 * when the lease of the one before has run out. What they would do to the cluster's objects, they do after that.
 */
export async function awaitLeaders(api: UserApi): Promise<void> {
  const since = Date.now();
  await Promise.all(
    leaders.map((name) =>
      waitUntil({ what: `${name} to lead`, timeoutSeconds: 120, intervalMilliseconds: 500 }, async () => {
        const path = `/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/${name}`;
        const { spec } = (await api.must("GET", path)) as { spec: { renewTime: string } };
        return Date.parse(spec.renewTime) > since;
      }),
    ),
  );
}

/**
 * Waits until the cluster's controllers have nothing left to do: nothing but their own leases changes any more.
 *
 * @param rewritten what changes by itself. Default: what a user cluster's control plane writes
 */
export async function awaitQuiet(
  etcdctl: Etcdctl,
  rewritten: readonly RewrittenKeys[] = rewrittenKeys,
): Promise<void> {
  let before = (await dumpKeys(etcdctl)).keys;
  await waitUntil({ what: "the cluster to settle", timeoutSeconds: 180 }, async () => {
    await sleep(3_000);
    const after = (await dumpKeys(etcdctl)).keys;
    const quiet = isEqual(compareKeys(before, after, rewritten));
    before = after;
    return quiet;
  });
}
