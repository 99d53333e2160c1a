import { join } from "node:path";
import type { ControlPlaneName, Lab } from "../lab";
import type { LabDirectory } from "../labDirectory";
import { machineAddresses } from "../machines/networkPlan";
import { patient, waitUntil } from "../waiting";
import { apiServerAt } from "./controlPlanePki";
import { clientUrl } from "./etcdPod";

/**
 * What a member says of itself, of what etcdctl's `endpoint status -w json` tells. Identities have 64 bits and are
 * rounded here, each in the same way, which is enough to tell them apart.
 */
export interface MemberStatus {
  readonly Endpoint: string;
  readonly Status: {
    readonly header: { readonly cluster_id: number; readonly member_id: number };
    readonly leader: number;
  };
}

/** Why several members do not make one cluster; undefined when they do. */
export function disagreement(statuses: readonly MemberStatus[], members: number): string | undefined {
  const distinct = (values: readonly number[]) => new Set(values).size;
  if (statuses.length !== members) {
    return `${statuses.length} of ${members} members answer`;
  }
  const headers = statuses.map(({ Status }) => Status.header);
  if (distinct(headers.map((header) => header.cluster_id)) !== 1) {
    return "the members belong to different clusters";
  }
  const leaders = statuses.map(({ Status }) => Status.leader);
  return distinct(leaders) === 1 && headers.some((header) => header.member_id === leaders[0])
    ? undefined
    : "the members do not agree on a leader";
}

/** Waits until all members are one cluster with a leader, and each API server and both controllers work. */
export async function awaitControlPlane(
  lab: Lab,
  paths: LabDirectory,
  machines: readonly ControlPlaneName[],
): Promise<void> {
  const remedy = `Read the logs in ${machines.map((name) => paths.machine(name).logs).join(", ")}`;
  await waitUntil({ what: "the etcd members", timeoutSeconds: 120, remedy }, async () => {
    const reason = disagreement(await memberStatuses(lab, paths, machines), machines.length);
    if (reason !== undefined) {
      throw new Error(reason);
    }
    return true;
  });
  for (const machine of machines) {
    const server = ["--server", apiServerAt(machineAddresses[machine])];
    await waitUntil({ what: `the API server of ${machine}`, timeoutSeconds: 120, remedy }, async () => {
      await lab.kubectl([...server, "get", "--raw", "/readyz"], { timeout: patient(5) * 1000 });
      return true;
    });
  }
  const controllers = ["kube-controller-manager", "kube-scheduler"];
  await waitUntil({ what: controllers.join(" and "), timeoutSeconds: 120, remedy }, async () => {
    const leases = await lab.kubectl(["-n", "kube-system", "get", "lease", ...controllers, "-o", "name"]);
    return leases.stdout.split("\n").length === controllers.length;
  });
}

const components = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];

/** Waits until the API shows every static Pod as ready: kubelets tell it of them after they have started them. */
export async function awaitStaticPods(lab: Lab, machines: readonly ControlPlaneName[]): Promise<void> {
  const pods = machines.flatMap((machine) => components.map((component) => `pod/${component}-${machine}`));
  const ready = ["wait", "--for=condition=Ready", "--timeout=5s", ...pods];
  await waitUntil({ what: `${pods.length} static Pods`, timeoutSeconds: 120 }, async () => {
    await lab.kubectl(["-n", "kube-system", ...ready]);
    return true;
  });
}

/** What each member says of itself, asked with the key that kubeadm has for such questions. */
export async function memberStatuses(
  lab: Lab,
  paths: LabDirectory,
  machines: readonly ControlPlaneName[],
): Promise<MemberStatus[]> {
  const [first = "cp-a"] = machines;
  const client = join(paths.machinePki(first), "etcd", "healthcheck-client");
  const tls = [
    `--cacert=${join(paths.adminPki, "pki/etcd/ca.crt")}`,
    `--cert=${client}.crt`,
    `--key=${client}.key`,
  ];
  const endpoints = `--endpoints=${machines.map(clientUrl).join(",")}`;
  const etcdctl = join(lab.toolsDirectory, "etcdctl");
  const argv = [etcdctl, ...tls, endpoints, "--command-timeout=5s", "endpoint", "status", "-w", "json"];
  return JSON.parse((await lab.run(argv)).stdout) as MemberStatus[];
}
