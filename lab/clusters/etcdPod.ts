import type { V1Pod } from "@kubernetes/client-node";
import { imageNames } from "../images/labImages";
import type { ControlPlaneName, EtcdData } from "../lab";
import { machineAddresses } from "../machines/networkPlan";
import { local, probe, staticPod } from "./staticPod";

const pki = "/etc/kubernetes/pki/etcd";

export function peerUrl(machine: ControlPlaneName): string {
  return `https://${machineAddresses[machine]}:2380`;
}

export function clientUrl(machine: ControlPlaneName): string {
  return `https://${machineAddresses[machine]}:2379`;
}

/** Members as etcd's flag `--initial-cluster` names them. */
export function initialCluster(machines: readonly ControlPlaneName[]): string {
  return machines.map((machine) => `${machine}=${peerUrl(machine)}`).join(",");
}

/**
 * The etcd member of one of a control plane's machines, which are given in the order in which they joined: as kubeadm
 * leaves it, each manifest names the members that there were when it was written, so the first names itself alone.
 */
export function etcdPod(
  machine: ControlPlaneName,
  machines: readonly ControlPlaneName[],
  data: EtcdData,
): V1Pod {
  const joined = machines.slice(0, machines.indexOf(machine) + 1);
  return staticPod({
    name: "etcd",
    image: imageNames.etcd,
    annotations: { "kubeadm.kubernetes.io/etcd.advertise-client-urls": clientUrl(machine) },
    ...(data.uid === 0 ? {} : { user: { runAsUser: data.uid, runAsGroup: data.gid } }),
    flags: {
      "advertise-client-urls": clientUrl(machine),
      "cert-file": `${pki}/server.crt`,
      "client-cert-auth": "true",
      "data-dir": data.dataDirectory,
      "initial-advertise-peer-urls": peerUrl(machine),
      "initial-cluster": initialCluster(joined),
      ...(joined.length > 1 ? { "initial-cluster-state": "existing" } : {}),
      "key-file": `${pki}/server.key`,
      "listen-client-urls": `https://127.0.0.1:2379,${clientUrl(machine)}`,
      "listen-metrics-urls": "http://127.0.0.1:2381",
      "listen-peer-urls": peerUrl(machine),
      name: machine,
      "peer-cert-file": `${pki}/peer.crt`,
      "peer-client-cert-auth": "true",
      "peer-key-file": `${pki}/peer.key`,
      "peer-trusted-ca-file": `${pki}/ca.crt`,
      "snapshot-count": "10000",
      "trusted-ca-file": `${pki}/ca.crt`,
    },
    paths: [
      { name: "etcd-data", path: data.dataDirectory, kind: "DirectoryOrCreate", writable: true },
      { name: "etcd-certs", path: pki, kind: "DirectoryOrCreate" },
    ],
    probes: {
      livenessProbe: probe(local(2381, "/livez", "HTTP"), "live"),
      readinessProbe: probe(local(2381, "/readyz", "HTTP"), "ready"),
      startupProbe: probe(local(2381, "/readyz", "HTTP"), "startup"),
    },
  });
}
