import type {
  V1Container,
  V1HTTPGetAction,
  V1Pod,
  V1Probe,
  V1Volume,
  V1VolumeMount,
} from "@kubernetes/client-node";
import { imageNames } from "../images/labImages";
import { adminServiceNetwork, machineAddresses } from "../machines/networkPlan";

const address = machineAddresses["admin-cp"];

/** The admin control plane's static Pods, with names, paths, probes and flags as kubeadm writes them. */
export function adminStaticPods(): V1Pod[] {
  return [etcdPod(), apiServerPod(), controllerManagerPod(), schedulerPod()];
}

interface StaticPodParts {
  readonly name: string;
  readonly image: string;
  readonly flags: Readonly<Record<string, string>>;
  /** Host paths that the Pod mounts at the same place. */
  readonly paths: readonly HostPath[];
  readonly probes: Pick<V1Container, "livenessProbe" | "readinessProbe" | "startupProbe">;
}

interface HostPath {
  readonly path: string;
  readonly kind: "DirectoryOrCreate" | "FileOrCreate";
  readonly writable?: boolean;
}

function staticPod(parts: StaticPodParts): V1Pod {
  const program = parts.name;
  const command = [program, ...Object.entries(parts.flags).map(([flag, value]) => `--${flag}=${value}`)];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: parts.name,
      namespace: "kube-system",
      labels: { component: parts.name, tier: "control-plane" },
    },
    spec: {
      hostNetwork: true,
      priorityClassName: "system-node-critical",
      securityContext: { seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: parts.name,
          image: parts.image,
          imagePullPolicy: "Never",
          resources: { requests: { cpu: "100m" } },
          command,
          ...parts.probes,
          volumeMounts: parts.paths.map(
            (path, index): V1VolumeMount => ({
              name: `path-${index}`,
              mountPath: path.path,
              readOnly: path.writable !== true,
            }),
          ),
        },
      ],
      volumes: parts.paths.map(
        (path, index): V1Volume => ({
          name: `path-${index}`,
          hostPath: { path: path.path, type: path.kind },
        }),
      ),
    },
  };
}

/** Times and thresholds of kubeadm, but asked every second while it starts. */
function probe(get: V1HTTPGetAction, kind: "live" | "ready" | "startup"): V1Probe {
  const common = { httpGet: get, timeoutSeconds: 15 };
  switch (kind) {
    case "live":
      return { ...common, initialDelaySeconds: 10, periodSeconds: 10, failureThreshold: 8 };
    case "ready":
      return { ...common, periodSeconds: 1, failureThreshold: 3 };
    case "startup":
      return { ...common, periodSeconds: 1, failureThreshold: 240 };
  }
}

const local = (
  port: number,
  path: string,
  scheme: "HTTP" | "HTTPS",
  host = "127.0.0.1",
): V1HTTPGetAction => ({
  host,
  port,
  path,
  scheme,
});

function etcdPod(): V1Pod {
  const pki = "/etc/kubernetes/pki/etcd";
  return staticPod({
    name: "etcd",
    image: imageNames.etcd,
    flags: {
      "advertise-client-urls": `https://${address}:2379`,
      "cert-file": `${pki}/server.crt`,
      "client-cert-auth": "true",
      "data-dir": "/var/lib/etcd",
      "initial-advertise-peer-urls": `https://${address}:2380`,
      "initial-cluster": `admin-cp=https://${address}:2380`,
      "key-file": `${pki}/server.key`,
      "listen-client-urls": `https://127.0.0.1:2379,https://${address}:2379`,
      "listen-metrics-urls": "http://127.0.0.1:2381",
      "listen-peer-urls": `https://${address}:2380`,
      name: "admin-cp",
      "peer-cert-file": `${pki}/peer.crt`,
      "peer-client-cert-auth": "true",
      "peer-key-file": `${pki}/peer.key`,
      "peer-trusted-ca-file": `${pki}/ca.crt`,
      "snapshot-count": "10000",
      "trusted-ca-file": `${pki}/ca.crt`,
    },
    paths: [
      { path: "/var/lib/etcd", kind: "DirectoryOrCreate", writable: true },
      { path: pki, kind: "DirectoryOrCreate" },
    ],
    probes: {
      livenessProbe: probe(local(2381, "/livez", "HTTP"), "live"),
      readinessProbe: probe(local(2381, "/readyz", "HTTP"), "ready"),
      startupProbe: probe(local(2381, "/readyz", "HTTP"), "startup"),
    },
  });
}

function apiServerPod(): V1Pod {
  const pki = "/etc/kubernetes/pki";
  return staticPod({
    name: "kube-apiserver",
    image: imageNames.apiServer,
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
      "secure-port": "6443",
      "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
      "service-account-key-file": `${pki}/sa.pub`,
      "service-account-signing-key-file": `${pki}/sa.key`,
      "service-cluster-ip-range": adminServiceNetwork,
      "tls-cert-file": `${pki}/apiserver.crt`,
      "tls-private-key-file": `${pki}/apiserver.key`,
    },
    paths: [{ path: pki, kind: "DirectoryOrCreate" }],
    probes: {
      livenessProbe: probe(local(6443, "/livez", "HTTPS", address), "live"),
      readinessProbe: probe(local(6443, "/readyz", "HTTPS", address), "ready"),
      startupProbe: probe(local(6443, "/livez", "HTTPS", address), "startup"),
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
      { path: pki, kind: "DirectoryOrCreate" },
      { path: kubeconfig, kind: "FileOrCreate" },
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
    paths: [{ path: kubeconfig, kind: "FileOrCreate" }],
    probes: {
      livenessProbe: probe(local(10259, "/livez", "HTTPS"), "live"),
      readinessProbe: probe(local(10259, "/readyz", "HTTPS"), "ready"),
      startupProbe: probe(local(10259, "/livez", "HTTPS"), "startup"),
    },
  });
}
