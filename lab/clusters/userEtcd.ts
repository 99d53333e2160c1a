import type { V1PersistentVolume, V1PodSpec, V1Service, V1StatefulSet } from "@kubernetes/client-node";
import { imageNames } from "../images/labImages";
import type { UserCluster } from "../lab";
import { patient } from "../waiting";

/** Secret with the members' certificates; its suffix differs from cluster to cluster, so nothing may rely on it. */
export function etcdCertificateSecret(cluster: string): string {
  let hash = 0;
  for (const character of cluster) {
    hash = (hash * 31 + character.charCodeAt(0)) >>> 0;
  }
  return `kube-etcd-certs-${(hash % 0x10000).toString(16).padStart(4, "0")}`;
}

/** Directory of a member's volume on its worker. */
export function memberVolumePath(cluster: string, ordinal: number): string {
  return `/var/lib/local/${cluster}-etcd-${ordinal}`;
}

export function ordinals(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

const labels = { app: "kube-etcd" };
const certificates = "/etcd.local.config/certificates";

/** The etcd of a user cluster as kubeception runs it: StatefulSet, headless Service, one local volume a member. */
export function userEtcd(cluster: UserCluster): (V1PersistentVolume | V1Service | V1StatefulSet)[] {
  return [
    ...ordinals(cluster.members).map((ordinal) => volume(cluster, ordinal)),
    service(cluster),
    statefulSet(cluster),
  ];
}

function volume(cluster: UserCluster, ordinal: number): V1PersistentVolume {
  const node = cluster.memberNodes[ordinal] ?? "node-a";
  const onNode = { key: "kubernetes.io/hostname", operator: "In", values: [node] };
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `${cluster.name}-etcd-${ordinal}` },
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: "Retain",
      storageClassName: "local",
      claimRef: { namespace: cluster.name, name: `data-kube-etcd-${ordinal}` },
      local: { path: memberVolumePath(cluster.name, ordinal) },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [onNode] }] } },
    },
  };
}

/** Members must find each other before they are ready, else a cluster that was stopped whole never starts. */
function service(cluster: UserCluster): V1Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "kube-etcd", namespace: cluster.name },
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: labels,
      ports: [
        { name: "client", port: 2379 },
        { name: "peer", port: 2380 },
      ],
    },
  };
}

function statefulSet(cluster: UserCluster): V1StatefulSet {
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "kube-etcd", namespace: cluster.name },
    spec: {
      serviceName: "kube-etcd",
      replicas: cluster.members,
      podManagementPolicy: "Parallel",
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(cluster) },
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: {
            storageClassName: "local",
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "1Gi" } },
          },
        },
      ],
    },
  };
}

function podSpec(cluster: UserCluster): V1PodSpec {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    containers: [
      {
        name: "kube-etcd",
        image: imageNames.etcd,
        imagePullPolicy: "Never",
        env: [{ name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
        command: ["etcd", ...Object.entries(flags(cluster)).map(([flag, value]) => `--${flag}=${value}`)],
        readinessProbe: {
          httpGet: { path: "/readyz", port: 2381 },
          periodSeconds: 1,
          timeoutSeconds: patient(1),
        },
        volumeMounts: [
          { name: "data", mountPath: "/var/lib/etcd" },
          { name: "etcd-certs", mountPath: certificates },
        ],
      },
    ],
    volumes: [{ name: "etcd-certs", secret: { secretName: etcdCertificateSecret(cluster.name) } }],
  };
}

/** `$(POD_NAME)` is filled in by the kubelet. */
function flags(cluster: UserCluster): Record<string, string> {
  const peers = ordinals(cluster.members).map((n) => `kube-etcd-${n}=https://kube-etcd-${n}.kube-etcd:2380`);
  return {
    name: "$(POD_NAME)",
    "data-dir": "/var/lib/etcd",
    "initial-cluster": peers.join(","),
    "initial-cluster-token": "etcd-cluster-1",
    "initial-advertise-peer-urls": "https://$(POD_NAME).kube-etcd:2380",
    "advertise-client-urls": "https://$(POD_NAME).kube-etcd:2379",
    "listen-peer-urls": "https://0.0.0.0:2380",
    "listen-client-urls": "https://0.0.0.0:2379",
    "listen-metrics-urls": "http://0.0.0.0:2381",
    "client-cert-auth": "true",
    "trusted-ca-file": `${certificates}/etcdCA.crt`,
    "cert-file": `${certificates}/etcd.crt`,
    "key-file": `${certificates}/etcd.key`,
    "peer-client-cert-auth": "true",
    "peer-trusted-ca-file": `${certificates}/etcdCA.crt`,
    "peer-cert-file": `${certificates}/etcd.crt`,
    "peer-key-file": `${certificates}/etcd.key`,
  };
}
