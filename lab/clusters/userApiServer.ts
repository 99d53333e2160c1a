import type {
  V1Affinity,
  V1PodDisruptionBudget,
  V1PodSpec,
  V1Service,
  V1StatefulSet,
} from "@kubernetes/client-node";
import { imageNames } from "../images/labImages";
import type { UserCluster } from "../lab";
import { userServiceNetwork } from "../machines/networkPlan";
import { patient } from "../waiting";
import { ordinals } from "./userEtcd";

export const apiServerSecret = "kube-apiserver-certs";

const labels = { app: "kube-apiserver" };
const files = "/etc/kube-apiserver";

/** The API servers of a user cluster: StatefulSet, Service with the cluster's own address, PDB when asked for. */
export function userApiServer(
  cluster: UserCluster,
  workers: number,
): (V1Service | V1StatefulSet | V1PodDisruptionBudget)[] {
  return [
    service(cluster),
    statefulSet(cluster, workers),
    ...(cluster.pdb ? [disruptionBudget(cluster)] : []),
  ];
}

function service(cluster: UserCluster): V1Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "kube-apiserver", namespace: cluster.name },
    spec: {
      selector: labels,
      externalIPs: [cluster.address],
      ports: [{ name: "https", port: 443, targetPort: 6443 }],
    },
  };
}

function disruptionBudget(cluster: UserCluster): V1PodDisruptionBudget {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: "kube-apiserver-pdb", namespace: cluster.name },
    spec: { minAvailable: 1, selector: { matchLabels: labels } },
  };
}

function statefulSet(cluster: UserCluster, workers: number): V1StatefulSet {
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "kube-apiserver", namespace: cluster.name },
    spec: {
      serviceName: "kube-apiserver",
      replicas: cluster.apiservers,
      podManagementPolicy: "Parallel",
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { ...podSpec(cluster), ...(cluster.apiservers <= workers ? { affinity: apart } : {}) },
      },
    },
  };
}

/** One API server a worker, as long as there are enough workers. */
const apart: V1Affinity = {
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { labelSelector: { matchLabels: labels }, topologyKey: "kubernetes.io/hostname" },
    ],
  },
};

function podSpec(cluster: UserCluster): V1PodSpec {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    containers: [
      {
        name: "kube-apiserver",
        image: imageNames.apiServer,
        imagePullPolicy: "Never",
        command: [
          "kube-apiserver",
          ...Object.entries(flags(cluster)).map(([flag, value]) => `--${flag}=${value}`),
        ],
        readinessProbe: {
          httpGet: { scheme: "HTTPS", path: "/readyz", port: 6443 },
          periodSeconds: 1,
          timeoutSeconds: patient(1),
        },
        volumeMounts: [{ name: "certificates", mountPath: files }],
      },
    ],
    volumes: [{ name: "certificates", secret: { secretName: apiServerSecret } }],
  };
}

function flags(cluster: UserCluster): Record<string, string> {
  return {
    "etcd-servers": ordinals(cluster.members)
      .map((n) => `https://kube-etcd-${n}.kube-etcd:2379`)
      .join(","),
    "etcd-cafile": `${files}/etcdCA.crt`,
    "etcd-certfile": `${files}/etcd.crt`,
    "etcd-keyfile": `${files}/etcd.key`,
    "allow-privileged": "true",
    "authorization-mode": "Node,RBAC",
    "client-ca-file": `${files}/ca.crt`,
    "enable-admission-plugins": "NodeRestriction",
    "secure-port": "6443",
    "service-account-issuer": `https://${cluster.name}`,
    "service-account-key-file": `${files}/sa.pub`,
    "service-account-signing-key-file": `${files}/sa.key`,
    "service-cluster-ip-range": userServiceNetwork,
    "tls-cert-file": `${files}/apiserver.crt`,
    "tls-private-key-file": `${files}/apiserver.key`,
  };
}
