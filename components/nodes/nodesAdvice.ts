import { quoted } from "../access/ssh/remoteCommand";
import type { SshEndpoint } from "../access/ssh/sshTarget";
import type { Advice } from "../procedure/substrate";
import type { NodesContext } from "./nodesContext";

/** ssh's command for a machine, as a person gives it. @param machine default, and where it is none: the first */
export function sshTo({ machines, jump }: NodesContext["access"], machine?: string): string {
  const one = machines.find(({ name }) => name === machine) ?? machines[0];
  return one === undefined ? "ssh MACHINE" : sshLine(one, jump);
}

/** The same for any host. */
export function sshLine(machine: Endpoint, jump?: Endpoint): string {
  const host = jump?.host.includes(":") ? `[${jump.host}]` : jump?.host;
  const through =
    jump === undefined ? "" : ` -J ${jump.user}@${host}${jump.port === 22 ? "" : `:${jump.port}`}`;
  return `ssh${through}${machine.port === 22 ? "" : ` -p ${machine.port}`} ${machine.user}@${machine.host}`;
}

type Endpoint = Omit<SshEndpoint, "hostKey">;

/** Sentences with the commands that a person gives on a machine. */
export function nodesAdvice({
  access,
  profile,
  members,
}: Pick<NodesContext, "access" | "profile" | "members">): Advice {
  const { manifests, state, etcd } = profile;
  const on = (machine: string | undefined) => sshTo(access, machine);
  const fileOf = (workload: string) => `${workload.replace(/^static\//, "")}.yaml`;
  const each = access.machines.length > 1 ? "   (on each machine)" : "";
  return {
    place: `machines ${access.machines.map(({ name }) => name).join(", ")}`,
    twoWaysOut:
      "Finish it with 'pulumi up' on its stack, or go back with 'pulumi destroy' there. Without its stack: etcd-recovery resume (or: undo) --machines FILE --ssh-key FILE",
    lookAtLedger: () => `Look: ${on(undefined)} sudo cat ${state}/ledger.json`,
    lookAtMember: (member) =>
      `Look: ${on(member)} ${quoted("sudo sh -c 'tail -n 50 /var/log/pods/kube-system_etcd-*/etcd/*.log'")}`,
    lookAtWorkload: (workload) =>
      `Look: ${on(undefined)} ${quoted(`sudo sh -c 'tail -n 50 /var/log/pods/kube-system_${workload.replace(/^static\//, "")}-*/*/*.log'`)}`,
    lookAtUserApi: () =>
      `Look: ${on(undefined)} sudo kubectl --kubeconfig ${profile.adminKubeconfig} get --raw '/readyz?verbose'`,
    stopByHand: (workloads) =>
      `sudo mv ${workloads.map((workload) => `${manifests}/${fileOf(workload)}`).join(" ")} ${state}/parked/${each}`,
    scaleByHand: (workload, replicas) =>
      replicas === 0
        ? `sudo mv ${manifests}/${fileOf(workload)} ${state}/parked/${each}`
        : `sudo mv ${state}/parked/${fileOf(workload)} ${manifests}/${each}`,
    defragment: () =>
      `sudo etcdctl --endpoints=${members[0]?.ownUrl ?? "https://127.0.0.1:2379"} --cacert=${etcd.ca} --cert=${etcd.certificate} --key=${etcd.key} defrag${each}`,
    removeBudget: () => "",
  };
}
