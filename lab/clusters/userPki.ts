import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeTree } from "../files";
import type { LabDirectory } from "../labDirectory";
import { CertificateAuthority, makeSigningKey } from "./certificateAuthority";
import { renderKubeconfig } from "./kubeconfig";

/** Address of the user cluster's API server inside the admin cluster. */
const internalServer = "https://kube-apiserver:443";

/** Controllers of the user cluster that have a kubeconfig of their own, with the user name of each. */
const controllers: Readonly<Record<string, string>> = {
  "controller-manager": "system:kube-controller-manager",
  scheduler: "system:kube-scheduler",
};

/**
 * Makes a user cluster's files below `lab.userPki(cluster)`: `etcdCA`, `etcd`, `ca`, `apiserver`, `admin` (each `.crt`
 * and `.key`), `sa.key`, `sa.pub`, `<controller>.conf`, and the administrator's kubeconfig.
 */
export async function makeUserPki(lab: LabDirectory, cluster: string, address: string): Promise<void> {
  const pki = lab.userPki(cluster);
  await mkdir(pki, { recursive: true, mode: 0o700 });
  const [authority, etcd] = await Promise.all([
    CertificateAuthority.make(pki, "ca", `${cluster}-ca`),
    CertificateAuthority.make(pki, "etcdCA", `${cluster}-etcd-ca`),
    makeSigningKey(pki, "sa"),
  ]);
  await Promise.all([
    issueEtcd(etcd, cluster),
    issueApiServer(authority, cluster, address),
    ...Object.entries(controllers).map(([name, user]) =>
      issueController(authority, pki, cluster, name, user),
    ),
    authority.issue({
      file: "admin",
      subject: `/O=system:masters/CN=${cluster}-admin`,
      usages: ["clientAuth"],
    }),
  ]);
  const admin = { cluster, server: `https://${address}:443`, authority: authority.certificatePath };
  await writeTree(
    lab.kubeconfig(cluster),
    await renderKubeconfig({ ...admin, client: join(pki, "admin") }),
    0o600,
  );
}

/** One certificate for all members: server, peer and client, as the certificate Secret of kubeception holds it. */
function issueEtcd(etcd: CertificateAuthority, cluster: string): Promise<void> {
  const services = ["localhost", "kube-etcd", "*.kube-etcd", `*.kube-etcd.${cluster}.svc.cluster.local`];
  return etcd.issue({
    file: "etcd",
    subject: "/CN=kube-etcd",
    usages: ["serverAuth", "clientAuth"],
    names: [...services.map((name) => `DNS:${name}`), "IP:127.0.0.1"],
  });
}

function issueApiServer(authority: CertificateAuthority, cluster: string, address: string): Promise<void> {
  const services = ["localhost", "kube-apiserver", `kube-apiserver.${cluster}.svc`, "kubernetes.default.svc"];
  return authority.issue({
    file: "apiserver",
    subject: "/CN=kube-apiserver",
    usages: ["serverAuth"],
    names: [...services.map((name) => `DNS:${name}`), "IP:127.0.0.1", `IP:${address}`],
  });
}

async function issueController(
  authority: CertificateAuthority,
  pki: string,
  cluster: string,
  name: string,
  user: string,
): Promise<void> {
  await authority.issue({ file: name, subject: `/CN=${user}`, usages: ["clientAuth"] });
  const parts = {
    cluster,
    server: internalServer,
    authority: authority.certificatePath,
    client: join(pki, name),
  };
  await writeTree(join(pki, `${name}.conf`), await renderKubeconfig(parts), 0o600);
}
