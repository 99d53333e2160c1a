import { copyFile, mkdir, readFile, symlink } from "node:fs/promises";
import { dirname } from "node:path";
import { stringify } from "yaml";
import { exists } from "../files";
import { cloneImageStore } from "../images/imageStore";
import { imageNames } from "../images/labImages";
import type { MachineName } from "../lab";
import type { LabDirectory } from "../labDirectory";
import { waitUntil } from "../waiting";
import type { Machine } from "./machine";
import { dnsAddress, machineAddresses, podNetwork, podSubnets } from "./networkPlan";

const proxyKubeconfig = "/etc/kube-proxy/kubeconfig";
const kubeletPki = "/var/lib/kubelet/pki";

/** How containerd is set up for CRI on a machine of the lab's kind, whatever its network. */
export const criConfig = `version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${imageNames.pause}"
  restrict_oom_score_adj = true
  disable_apparmor = true
`;

const containerdConfig = `${criConfig}  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      # The machines have no systemd that could make cgroups; the same as the kubelet's cgroupDriver.
      SystemdCgroup = false
`;

/** Pods reach each other by routes, without translation; leases of addresses end with a reboot. */
function cniConfig(machine: MachineName): string {
  const ranges = [[{ subnet: podSubnets[machine] }]];
  const ipam = { type: "host-local", ranges, routes: [{ dst: "0.0.0.0/0" }], dataDir: "/run/cni-ipam" };
  const plugins = [
    { type: "ptp", ipMasq: false, ipam },
    { type: "portmap", capabilities: { portMappings: true } },
  ];
  return JSON.stringify({ cniVersion: "0.4.0", name: "lab", plugins }, null, 2);
}

/** What every node's kubelet reads. Kubernetes 1.35 and later start on cgroup v1 only when they are told to. */
export function kubeletConfig(cgroupVersion: 1 | 2): Record<string, unknown> {
  return cgroupVersion === 1 ? { ...kubeletSettings, failCgroupV1: false } : kubeletSettings;
}

const kubeletSettings = {
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  kind: "KubeletConfiguration",
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: "/etc/kubernetes/pki/ca.crt" },
  },
  authorization: { mode: "Webhook" },
  staticPodPath: "/etc/kubernetes/manifests",
  clusterDNS: [dnsAddress],
  clusterDomain: "cluster.local",
  cgroupDriver: "cgroupfs",
  enforceNodeAllocatable: [],
  failSwapOn: false,
  containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
  oomScoreAdj: 0,
  resolvConf: "/etc/resolv.conf",
  // Mirror Pods of static Pods that the API server was too young for are made at the next sync; the default is a minute.
  syncFrequency: "10s",
  // Images cannot be pulled here: one that is collected is lost.
  imageGCHighThresholdPercent: 100,
  evictionHard: { "memory.available": "50Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
};

/** Puts on a node's disk what containerd, CNI and kubelet read; the images come from `imageStore`. */
export async function prepareNode(lab: LabDirectory, machine: Machine, imageStore: string): Promise<void> {
  const store = machine.hostPath("/var/lib/containerd");
  await Promise.all([
    cloneImageStore(imageStore, store),
    machine.writeFile("/etc/containerd/config.toml", containerdConfig),
    machine.writeFile("/etc/cni/net.d/10-lab.conflist", cniConfig(machine.name)),
    machine.writeFile("/var/lib/kubelet/config.yaml", stringify(kubeletConfig(machine.cgroupVersion))),
    mkdir(machine.hostPath("/etc/kubernetes/manifests"), { recursive: true, mode: 0o700 }),
    copyTo(machine, `${lab.adminPki}/pki/ca.crt`, "/etc/kubernetes/pki/ca.crt"),
    copyTo(machine, lab.adminConf(`kubelet-${machine.name}`), "/etc/kubernetes/kubelet.conf"),
    // Beside /etc/kubernetes, where kubeadm has none: it runs kube-proxy as a Pod.
    machine.writeFile(proxyKubeconfig, await readFile(lab.adminConf("kube-proxy"), "utf8"), 0o600),
    layOutKubeletCertificate(lab, machine),
  ]);
}

/** As a kubelet keeps what it was issued: one file by date, and a link to the latest. */
async function layOutKubeletCertificate(lab: LabDirectory, machine: Machine): Promise<void> {
  const client = lab.adminClient(`kubelet-${machine.name}`);
  const parts = await Promise.all(["crt", "key"].map((ending) => readFile(`${client}.${ending}`, "utf8")));
  const issued = `${kubeletPki}/kubelet-client-${new Date().toISOString().slice(0, 19).replace(/[T:]/g, "-")}.pem`;
  await machine.writeFile(issued, parts.join(""), 0o600);
  await symlink(issued, machine.hostPath(`${kubeletPki}/kubelet-client-current.pem`));
}

/** Copies a file of the host onto a machine's real directories, with its mode. */
export async function copyTo(machine: Machine, source: string, absolutePath: string): Promise<void> {
  const target = machine.hostPath(absolutePath);
  await mkdir(dirname(target), { recursive: true });
  await copyFile(source, target);
}

/** What a node says of itself when it registers. */
export interface NodeRegistration {
  readonly labels: Readonly<Record<string, string>>;
  readonly isControlPlane: boolean;
}

/** Starts containerd, kubelet and kube-proxy. */
export async function startNode(machine: Machine, registration: NodeRegistration): Promise<void> {
  await machine.daemon("containerd", ["containerd"]);
  const remedy = `Read ${machine.directory.log("containerd")}`;
  const socket = machine.pathFromHost("/run/containerd/containerd.sock");
  await waitUntil(
    { what: `containerd on ${machine.name}`, timeoutSeconds: 30, intervalMilliseconds: 50, remedy },
    () => exists(socket),
  );
  // As an init system does: a kubelet that has ended with an error is started again.
  const again = ["sh", "-c", 'until "$@"; do sleep 1; done', "sh"];
  await machine.daemon("kubelet", [...again, "kubelet", ...kubeletArguments(machine.name, registration)]);
  await machine.daemon("kube-proxy", [
    "kube-proxy",
    `--kubeconfig=${proxyKubeconfig}`,
    `--hostname-override=${machine.name}`,
    "--proxy-mode=iptables",
    `--cluster-cidr=${podNetwork}`,
    // The limit is the host's, and is not ours to change.
    "--conntrack-max-per-core=0",
  ]);
}

function kubeletArguments(name: MachineName, registration: NodeRegistration): string[] {
  const labels = Object.entries(registration.labels).map(([key, value]) => `${key}=${value}`);
  return [
    "--config=/var/lib/kubelet/config.yaml",
    "--kubeconfig=/etc/kubernetes/kubelet.conf",
    `--node-ip=${machineAddresses[name]}`,
    `--hostname-override=${name}`,
    ...(labels.length > 0 ? [`--node-labels=${labels.join(",")}`] : []),
    ...(registration.isControlPlane
      ? ["--register-with-taints=node-role.kubernetes.io/control-plane=:NoSchedule"]
      : []),
    "--v=2",
  ];
}
