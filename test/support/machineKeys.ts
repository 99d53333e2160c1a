import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { CertificateAuthority, makeSigningKey } from "../../lab/clusters/certificateAuthority";
import { renderKubeconfig } from "../../lab/clusters/kubeconfig";
import { staticPods } from "../../lab/clusters/staticPods";

const kubelet = "kubelet-client-2026-01-01-00-00-00.pem";

/** Files of a machine with kubeadm's layout below a directory: keys, certificates, kubeconfigs, manifests, the kubelet's. */
export async function makeMachineKeys(root: string, member: string): Promise<void> {
  const [kubernetes, kubeletPki] = [join(root, "etc/kubernetes"), join(root, "var/lib/kubelet/pki")];
  const pki = join(kubernetes, "pki");
  for (const path of [join(kubernetes, "manifests"), kubeletPki]) mkdirSync(path, { recursive: true });
  const [ca, frontProxy, etcd] = await Promise.all([
    CertificateAuthority.make(pki, "ca", "kubernetes"),
    CertificateAuthority.make(pki, "front-proxy-ca", "front-proxy-ca"),
    CertificateAuthority.make(pki, "etcd/ca", "etcd-ca"),
    makeSigningKey(pki, "sa"),
  ]);
  const usages = ["serverAuth", "clientAuth"] as const;
  const issue = (authority: CertificateAuthority, file: string) =>
    authority.issue({ file, subject: `/CN=${file.replace(/.*\//, "")}`, usages });
  await Promise.all([
    ...["apiserver", "apiserver-kubelet-client", "../kubelet"].map((file) => issue(ca, file)),
    issue(frontProxy, "front-proxy-client"),
    ...["apiserver-etcd-client", "etcd/server", "etcd/peer", "etcd/healthcheck-client"].map((file) =>
      issue(etcd, file),
    ),
  ]);
  const client = join(kubernetes, "kubelet");
  const admin = { cluster: "c", server: "https://127.0.0.1:1", authority: ca.certificatePath, client };
  writeFileSync(join(kubernetes, "admin.conf"), await renderKubeconfig(admin), { mode: 0o600 });
  const both = ["crt", "key"].map((ending) => readFileSync(`${client}.${ending}`, "utf8")).join("");
  for (const ending of ["crt", "key"]) rmSync(`${client}.${ending}`);
  writeFileSync(join(kubeletPki, kubelet), both, { mode: 0o600 });
  symlinkSync(`/var/lib/kubelet/pki/${kubelet}`, join(kubeletPki, "kubelet-client-current.pem"));
  const layout = { dataDirectory: "/var/lib/etcd", uid: 0, gid: 0, isMount: false };
  for (const pod of staticPods("admin-cp", ["admin-cp"], layout))
    writeFileSync(
      join(kubernetes, `manifests/${pod.metadata?.name}.yaml`),
      stringify(pod).replaceAll("admin-cp", member),
    );
}

/** The bundle of them, as a backup makes it. */
export const bundleTar = (root: string): Buffer =>
  execFileSync("tar", ["-cf", "-", "--numeric-owner", "etc", "var"], { cwd: root });
