import type { V1Pod } from "@kubernetes/client-node";
import { imageNames } from "../images/labImages";
import type { ControlPlaneName, EtcdData } from "../lab";
import { adminServiceNetwork, apiServerPort, machineAddresses } from "../machines/networkPlan";
import { etcdPod } from "./etcdPod";
import { local, probe, staticPod } from "./staticPod";

/**
 * The static Pods of one of a control plane's machines, with names, paths, probes and flags as kubeadm writes them.
 * `machines` are all of them, in the order in which they joined.
 */
export function staticPods(
  machine: ControlPlaneName,
  machines: readonly ControlPlaneName[],
  data: EtcdData,
): V1Pod[] {
  return [
    etcdPod(machine, machines, data),
    apiServerPod(machineAddresses[machine]),
    controllerManagerPod(),
    schedulerPod(),
  ];
}

function apiServerPod(address: string): V1Pod {
  const pki = "/etc/kubernetes/pki";
  return staticPod({
    name: "kube-apiserver",
    image: imageNames.apiServer,
    annotations: {
      "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint": `${address}:${apiServerPort}`,
    },
    flags: {
      "advertise-address": address,
      "allow-privileged": "true",
      "authorization-mode": "Node,RBAC",
      "client-ca-file": `${pki}/ca.crt`,
      "enable-admission-plugins": "NodeRestriction",
      "enable-bootstrap-token-auth": "true",
      "etcd-cafile": `${pki}/etcd/ca.crt`,
      "etcd-certfile": `${pki}/apiserver-etcd-client.crt`,
      "etcd-keyfile": `${pki}/apiserver-etcd-client.key`,
      "etcd-servers": "https://127.0.0.1:2379",
      "kubelet-client-certificate": `${pki}/apiserver-kubelet-client.crt`,
      "kubelet-client-key": `${pki}/apiserver-kubelet-client.key`,
      "kubelet-preferred-address-types": "InternalIP,ExternalIP,Hostname",
      "proxy-client-cert-file": `${pki}/front-proxy-client.crt`,
      "proxy-client-key-file": `${pki}/front-proxy-client.key`,
      "requestheader-allowed-names": "front-proxy-client",
      "requestheader-client-ca-file": `${pki}/front-proxy-ca.crt`,
      "requestheader-extra-headers-prefix": "X-Remote-Extra-",
      "requestheader-group-headers": "X-Remote-Group",
      "requestheader-username-headers": "X-Remote-User",
      "secure-port": String(apiServerPort),
      "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
      "service-account-key-file": `${pki}/sa.pub`,
      "service-account-signing-key-file": `${pki}/sa.key`,
      "service-cluster-ip-range": adminServiceNetwork,
      "tls-cert-file": `${pki}/apiserver.crt`,
      "tls-private-key-file": `${pki}/apiserver.key`,
    },
    paths: [{ name: "k8s-certs", path: pki, kind: "DirectoryOrCreate" }],
    probes: {
      livenessProbe: probe(local(apiServerPort, "/livez", "HTTPS", address), "live"),
      readinessProbe: probe(local(apiServerPort, "/readyz", "HTTPS", address), "ready"),
      startupProbe: probe(local(apiServerPort, "/livez", "HTTPS", address), "startup"),
    },
  });
}

function controllerManagerPod(): V1Pod {
  const pki = "/etc/kubernetes/pki";
  const kubeconfig = "/etc/kubernetes/controller-manager.conf";
  return staticPod({
    name: "kube-controller-manager",
    image: imageNames.controllerManager,
    flags: {
      "authentication-kubeconfig": kubeconfig,
      "authorization-kubeconfig": kubeconfig,
      "bind-address": "127.0.0.1",
      "client-ca-file": `${pki}/ca.crt`,
      "cluster-name": "kubernetes",
      "cluster-signing-cert-file": `${pki}/ca.crt`,
      "cluster-signing-key-file": `${pki}/ca.key`,
      controllers: "*,bootstrapsigner,tokencleaner",
      kubeconfig,
      "leader-elect": "true",
      "requestheader-client-ca-file": `${pki}/front-proxy-ca.crt`,
      "root-ca-file": `${pki}/ca.crt`,
      "service-account-private-key-file": `${pki}/sa.key`,
      "use-service-account-credentials": "true",
    },
    paths: [
      { name: "k8s-certs", path: pki, kind: "DirectoryOrCreate" },
      { name: "kubeconfig", path: kubeconfig, kind: "FileOrCreate" },
    ],
    probes: {
      livenessProbe: probe(local(10257, "/healthz", "HTTPS"), "live"),
      startupProbe: probe(local(10257, "/healthz", "HTTPS"), "startup"),
    },
  });
}

function schedulerPod(): V1Pod {
  const kubeconfig = "/etc/kubernetes/scheduler.conf";
  return staticPod({
    name: "kube-scheduler",
    image: imageNames.scheduler,
    flags: {
      "authentication-kubeconfig": kubeconfig,
      "authorization-kubeconfig": kubeconfig,
      "bind-address": "127.0.0.1",
      kubeconfig,
      "leader-elect": "true",
    },
    paths: [{ name: "kubeconfig", path: kubeconfig, kind: "FileOrCreate" }],
    probes: {
      livenessProbe: probe(local(10259, "/livez", "HTTPS"), "live"),
      readinessProbe: probe(local(10259, "/readyz", "HTTPS"), "ready"),
      startupProbe: probe(local(10259, "/livez", "HTTPS"), "startup"),
    },
  });
}
