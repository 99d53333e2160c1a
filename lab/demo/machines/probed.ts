import type { UserCluster } from "../../lab";
import type { Account } from "../account";
import { outageSeconds } from "../measured";
import type { Outage } from "../outage";
import { Prober } from "../prober";
import { UserApi } from "../userApi";
import type { HostedClusterReport } from "./machineReport";
import type { MachineScene } from "./machineScene";

/** An object that every cluster has; reading it reaches etcd, unlike the health endpoints. */
const probePath = "/api/v1/namespaces/kube-system";
const intervalMs = 200;

/** What the probes of one piece of work say. */
export interface Probed<T> {
  readonly result: T;
  /** Of the control plane itself. */
  readonly outage: Outage;
  readonly userClusters: readonly HostedClusterReport[];
}

/**
 * Does `work` while the control plane's address and that of every user cluster that it hosts are asked all along.
 * Returns when the control plane answers again.
 */
export async function probed<T>(scene: MachineScene, work: () => Promise<T>): Promise<Probed<T>> {
  const own = new Prober(() => scene.api.answers(probePath), { intervalMs });
  const hosted = await Promise.all(scene.lab.userClusters.map(proberOf));
  const all = [own, ...hosted.map(({ prober }) => prober)];
  try {
    await Promise.all(all.map((prober) => prober.start()));
    const names = ["its own address", ...hosted.map(({ name }) => `the user cluster ${name}'s`)];
    scene.account.say(`probers ask ${names.join(" and ")} every ${intervalMs} ms`);
    const result = await work();
    await Promise.all(all.map((prober) => prober.answerAfter(performance.now())));
    const userClusters = await Promise.all(
      hosted.map(async ({ name, prober }) => reportOf(name, await prober.stop())),
    );
    return { result, outage: await own.stop(), userClusters };
  } finally {
    for (const prober of all) prober.end();
  }
}

/** Tells how the user clusters fared. */
export function tellHosted(account: Account, clusters: readonly HostedClusterReport[]): void {
  for (const { name, probes, answered, longestPauseSeconds } of clusters)
    account.say(
      `user cluster ${name}: ${answered} of ${probes} probes answered, never ${longestPauseSeconds} s without an answer`,
    );
}

async function proberOf({ name, kubeconfig }: UserCluster) {
  const api = await UserApi.open(kubeconfig);
  return { name, prober: new Prober(() => api.answers(probePath), { intervalMs }) };
}

function reportOf(name: string, outage: Outage): HostedClusterReport {
  const { probes, answered } = outage;
  return { name, probes, answered, longestPauseSeconds: outageSeconds(outage) };
}
