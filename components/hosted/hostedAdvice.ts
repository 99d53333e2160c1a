import type { Advice } from "../procedure/substrate";
import type { HostedContext } from "./hostedContext";
import { kubeconfigWord } from "./kubectlText";
import { parseWorkloadName, type WorkloadName } from "./workloads/kubeWorkload";

/** Sentences with the commands that a person gives on the admin cluster. */
export function hostedAdvice({
  namespace,
  names,
  access,
  ledger,
}: Pick<HostedContext, "namespace" | "names" | "access" | "ledger">): Advice {
  const { etcd, apiServer } = names.profile;
  const admin = kubeconfigWord(access.adminKubeconfig, "ADMIN_KUBECONFIG");
  const kubectl = (place = namespace) => `kubectl --namespace ${place}`;
  const ledgerName = ledger.place.slice(ledger.place.lastIndexOf("/") + 1);
  const scale = (place: WorkloadName, more: readonly string[], replicas: number | string) =>
    `${kubectl(place.namespace)} scale ${place.kind.toLowerCase()} ${[place.name, ...more].join(" ")} --replicas=${replicas}`;
  return {
    place: `namespace ${namespace}`,
    twoWaysOut: `Finish it with 'pulumi up' on its stack, or go back with 'pulumi destroy' there. Without its stack: etcd-recovery resume (or: undo) --admin-kubeconfig ${admin} --namespace ${namespace}`,
    lookAtLedger: () => `Look: ${kubectl()} get configmap ${ledgerName} -o yaml`,
    lookAtMember: (member) => `Look: ${kubectl()} logs -c ${etcd.container} ${member}`,
    lookAtWorkload(workload) {
      const place = parseWorkloadName(workload);
      return `Look: ${kubectl(place?.namespace)} describe ${place === undefined ? workload : `${place.kind.toLowerCase()} ${place.name}`}`;
    },
    lookAtUserApi: () =>
      access.userKubeconfig === undefined
        ? `Look: ${kubectl()} logs statefulset/${apiServer.statefulSet}`
        : `Look: kubectl --kubeconfig ${kubeconfigWord(access.userKubeconfig, "USER_KUBECONFIG")} get --raw '/readyz?verbose'`,
    stopByHand: (workloads) =>
      grouped(workloads)
        .map(([first, ...more]) =>
          scale(
            first,
            more.map(({ name }) => name),
            0,
          ),
        )
        .join(" && "),
    scaleByHand(workload, replicas) {
      const place = parseWorkloadName(workload);
      const command =
        place === undefined
          ? `${kubectl()} scale ${workload} --replicas=${replicas}`
          : scale(place, [], replicas);
      return replicas === "N" ? `${command}   (the number it had before)` : command;
    },
    defragment: () =>
      `${kubectl()} exec MEMBER -c ${etcd.container} -- etcdctl --cacert=${etcd.ca} --cert=${etcd.certificate} --key=${etcd.key} defrag   (each member)`,
    removeBudget: () => `${kubectl()} delete poddisruptionbudget ${apiServer.podDisruptionBudget}`,
  };
}

/** One command takes several workloads of one kind in one namespace. */
function grouped(workloads: readonly string[]): readonly (readonly [WorkloadName, ...WorkloadName[]])[] {
  const groups = new Map<string, [WorkloadName, ...WorkloadName[]]>();
  for (const place of workloads.map((workload) => parseWorkloadName(workload))) {
    if (place === undefined) continue;
    const key = `${place.namespace ?? ""}/${place.kind}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [place]);
    else group.push(place);
  }
  return [...groups.values()];
}
