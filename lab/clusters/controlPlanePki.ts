import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeTree } from "../files";
import type { ControlPlaneName, MachineName } from "../lab";
import type { LabDirectory } from "../labDirectory";
import {
  adminServiceAddress,
  apiServerPort,
  controlPlaneAddress,
  machineAddresses,
} from "../machines/networkPlan";
import { CertificateAuthority, makeSigningKey } from "./certificateAuthority";
import { renderKubeconfig, renderKubeletKubeconfig } from "./kubeconfig";

/** URL of the API server at an address. */
export function apiServerAt(address: string): string {
  return `https://${address}:${apiServerPort}`;
}

/** Kubeconfig files of /etc/kubernetes on every machine of a control plane, with the subject of each. */
const machineIdentities: Readonly<Record<string, string>> = {
  admin: "/O=kubeadm:cluster-admins/CN=kubernetes-admin",
  "controller-manager": "/CN=system:kube-controller-manager",
  scheduler: "/CN=system:kube-scheduler",
};
/** Those whose API server is the machine's own, as kubeadm has it; the others go by the control plane's address. */
const localIdentities = ["controller-manager", "scheduler"];

/** Authorities that sign a control plane's certificates. */
interface Authorities {
  readonly cluster: CertificateAuthority;
  readonly frontProxy: CertificateAuthority;
  readonly etcd: CertificateAuthority;
}

/**
 * Makes a cluster's files as kubeadm does: what all machines of its control plane share in `lab.adminPki`/pki, what
 * each has of its own in `lab.machinePki`, and kubeconfigs in `lab.adminConf`: `<machine>/<identity>` of each machine
 * of the control plane, `kubelet-<node>` of each node, and `kube-proxy`.
 */
export async function makeControlPlanePki(
  lab: LabDirectory,
  machines: readonly ControlPlaneName[],
  nodes: readonly MachineName[],
): Promise<void> {
  const pki = join(lab.adminPki, "pki");
  await mkdir(pki, { recursive: true, mode: 0o700 });
  const [cluster, frontProxy, etcd] = await Promise.all([
    CertificateAuthority.make(pki, "ca", "kubernetes"),
    CertificateAuthority.make(pki, "front-proxy-ca", "front-proxy-ca"),
    CertificateAuthority.make(pki, "etcd/ca", "etcd-ca"),
    makeSigningKey(pki, "sa"),
  ]);
  const server = apiServerAt(controlPlaneAddress(machines));
  const kubeconfigs = new Identities(lab, cluster);
  await Promise.all([
    ...machines.flatMap((machine) => issueOwn(machine, machines, { cluster, frontProxy, etcd })),
    ...machines.flatMap((machine) => issueIdentities(kubeconfigs, machine, server)),
    // Only where `kubeadm init` was run.
    kubeconfigs.issue(`${machines[0]}/super-admin`, "/O=system:masters/CN=kubernetes-super-admin", server),
    kubeconfigs.issue("kube-proxy", "/CN=system:kube-proxy", server),
    ...nodes.map((node) => kubeconfigs.issueKubelet(node, server)),
  ]);
}

function issueIdentities(
  kubeconfigs: Identities,
  machine: ControlPlaneName,
  server: string,
): Promise<void>[] {
  const own = apiServerAt(machineAddresses[machine]);
  return Object.entries(machineIdentities).map(([name, subject]) =>
    kubeconfigs.issue(`${machine}/${name}`, subject, localIdentities.includes(name) ? own : server),
  );
}

/** The certificates that each machine has of its own. */
function issueOwn(
  machine: ControlPlaneName,
  machines: readonly ControlPlaneName[],
  authorities: Authorities,
): Promise<void>[] {
  const at = (file: string) => `../machines/${machine}/${file}`;
  const client = (authority: CertificateAuthority, file: string, subject: string) =>
    authority.issue({ file: at(file), subject, usages: ["clientAuth"] });
  const { cluster, frontProxy, etcd } = authorities;
  const both = ["serverAuth", "clientAuth"] as const;
  const names = subjectNames([machine, "localhost"], [machineAddresses[machine], "127.0.0.1"]);
  return [
    cluster.issue({
      file: at("apiserver"),
      subject: "/CN=kube-apiserver",
      usages: ["serverAuth"],
      names: servingNames(machine, machines),
    }),
    client(cluster, "apiserver-kubelet-client", "/O=system:masters/CN=kube-apiserver-kubelet-client"),
    client(frontProxy, "front-proxy-client", "/CN=front-proxy-client"),
    etcd.issue({ file: at("etcd/server"), subject: `/CN=${machine}`, usages: both, names }),
    etcd.issue({ file: at("etcd/peer"), subject: `/CN=${machine}`, usages: both, names }),
    client(etcd, "etcd/healthcheck-client", "/CN=kube-etcd-healthcheck-client"),
    client(etcd, "apiserver-etcd-client", "/CN=kube-apiserver-etcd-client"),
  ];
}

function servingNames(machine: ControlPlaneName, machines: readonly ControlPlaneName[]): string[] {
  const services = ["", ".default", ".default.svc", ".default.svc.cluster.local"];
  const addresses = [
    adminServiceAddress,
    machineAddresses[machine],
    controlPlaneAddress(machines),
    "127.0.0.1",
  ];
  return subjectNames([machine, ...services.map((domain) => `kubernetes${domain}`)], [...new Set(addresses)]);
}

function subjectNames(names: readonly string[], addresses: readonly string[]): string[] {
  return [...names.map((name) => `DNS:${name}`), ...addresses.map((address) => `IP:${address}`)];
}

/** Client certificates with the kubeconfig of each. */
class Identities {
  constructor(
    private readonly lab: LabDirectory,
    private readonly authority: CertificateAuthority,
  ) {}

  async issue(name: string, subject: string, server: string): Promise<void> {
    const client = await this.#certificate(name, subject);
    const parts = { cluster: "admin", server, authority: this.authority.certificatePath, client };
    await writeTree(this.lab.adminConf(name), await renderKubeconfig(parts), 0o600);
  }

  /** A kubelet's, whose certificate and key are in one file that can be renewed without the kubeconfig. */
  async issueKubelet(node: MachineName, server: string): Promise<void> {
    const name = `kubelet-${node}`;
    await this.#certificate(name, `/O=system:nodes/CN=system:node:${node}`);
    const parts = { cluster: "admin", server, authority: this.authority.certificatePath };
    await writeTree(this.lab.adminConf(name), await renderKubeletKubeconfig(parts), 0o600);
  }

  async #certificate(name: string, subject: string): Promise<string> {
    await this.authority.issue({ file: `../clients/${name}`, subject, usages: ["clientAuth"] });
    return this.lab.adminClient(name);
  }
}
