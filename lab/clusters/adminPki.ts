import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeTree } from "../files";
import type { MachineName } from "../lab";
import type { LabDirectory } from "../labDirectory";
import { adminServiceAddress, machineAddresses } from "../machines/networkPlan";
import { CertificateAuthority, makeSigningKey } from "./certificateAuthority";
import { renderKubeconfig } from "./kubeconfig";

export const adminApiServer = `https://${machineAddresses["admin-cp"]}:6443`;

/** Kubeconfig files of /etc/kubernetes on the control plane, with the subject of each. */
const controlPlaneIdentities: Readonly<Record<string, string>> = {
  admin: "/O=kubeadm:cluster-admins/CN=kubernetes-admin",
  "super-admin": "/O=system:masters/CN=kubernetes-super-admin",
  "controller-manager": "/CN=system:kube-controller-manager",
  scheduler: "/CN=system:kube-scheduler",
  "kube-proxy": "/CN=system:kube-proxy",
};

/**
 * Makes the admin cluster's files as kubeadm does: `pki/` with three authorities and the service account key, and one
 * `conf/<name>.conf` for each identity and for the kubelet of each node (`kubelet-<node>.conf`).
 */
export async function makeAdminPki(lab: LabDirectory, nodes: readonly MachineName[]): Promise<void> {
  const pki = join(lab.adminPki, "pki");
  await mkdir(pki, { recursive: true, mode: 0o700 });
  const [cluster, frontProxy, etcd] = await Promise.all([
    CertificateAuthority.make(pki, "ca", "kubernetes"),
    CertificateAuthority.make(pki, "front-proxy-ca", "front-proxy-ca"),
    CertificateAuthority.make(pki, "etcd/ca", "etcd-ca"),
    makeSigningKey(pki, "sa"),
  ]);
  await Promise.all([
    ...issueServing(cluster),
    frontProxy.issue({
      file: "front-proxy-client",
      subject: "/CN=front-proxy-client",
      usages: ["clientAuth"],
    }),
    ...issueEtcd(etcd),
    ...Object.entries(controlPlaneIdentities).map(([name, subject]) => identity(lab, cluster, name, subject)),
    ...nodes.map((node) =>
      identity(lab, cluster, `kubelet-${node}`, `/O=system:nodes/CN=system:node:${node}`),
    ),
  ]);
}

function issueServing(cluster: CertificateAuthority): Promise<void>[] {
  const services = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
  ];
  const addresses = [adminServiceAddress, machineAddresses["admin-cp"], "127.0.0.1"];
  return [
    cluster.issue({
      file: "apiserver",
      subject: "/CN=kube-apiserver",
      usages: ["serverAuth"],
      names: [
        ...["admin-cp", ...services].map((name) => `DNS:${name}`),
        ...addresses.map((address) => `IP:${address}`),
      ],
    }),
    cluster.issue({
      file: "apiserver-kubelet-client",
      subject: "/O=system:masters/CN=kube-apiserver-kubelet-client",
      usages: ["clientAuth"],
    }),
  ];
}

function issueEtcd(etcd: CertificateAuthority): Promise<void>[] {
  const names = ["DNS:admin-cp", "DNS:localhost", `IP:${machineAddresses["admin-cp"]}`, "IP:127.0.0.1"];
  const both = ["serverAuth", "clientAuth"] as const;
  return [
    etcd.issue({ file: "etcd/server", subject: "/CN=admin-cp", usages: both, names }),
    etcd.issue({ file: "etcd/peer", subject: "/CN=admin-cp", usages: both, names }),
    etcd.issue({
      file: "etcd/healthcheck-client",
      subject: "/CN=kube-etcd-healthcheck-client",
      usages: ["clientAuth"],
    }),
    etcd.issue({
      file: "apiserver-etcd-client",
      subject: "/CN=kube-apiserver-etcd-client",
      usages: ["clientAuth"],
    }),
  ];
}

async function identity(
  lab: LabDirectory,
  cluster: CertificateAuthority,
  name: string,
  subject: string,
): Promise<void> {
  const file = `../clients/${name}`;
  await cluster.issue({ file, subject, usages: ["clientAuth"] });
  const content = await renderKubeconfig({
    cluster: "admin",
    server: adminApiServer,
    authority: cluster.certificatePath,
    client: join(lab.adminPki, "clients", name),
  });
  await writeTree(lab.adminConf(name), content, 0o600);
}
