import type { V1Deployment, V1PodSpec } from "@kubernetes/client-node";
import { imageNames } from "../images/labImages";
import { dnsAddress } from "../machines/networkPlan";
import { patient } from "../waiting";
import type { Manifest } from "./manifest";

/** Rights that kubeadm gives its administrators and kube-proxy. */
export function clusterRights(): Manifest[] {
  const binding = (name: string, role: string, kind: "Group" | "User", subject: string) => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind, name: subject }],
  });
  return [
    binding("kubeadm:cluster-admins", "cluster-admin", "Group", "kubeadm:cluster-admins"),
    binding("kubeadm:node-proxier", "system:node-proxier", "User", "system:kube-proxy"),
  ];
}

/**
 * Without a cache: the address of an etcd member that was started again is known at once, and the lab's figures do not
 * depend on when a name was asked for last.
 */
const corefile = `.:53 {
  errors
  health
  ready
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    ttl 0
  }
}
`;

/** The cluster's DNS: one CoreDNS behind the Service kube-dns. */
export function clusterDns(): Manifest[] {
  const labels = { "k8s-app": "kube-dns" };
  const inSystem = (name: string) => ({ name, namespace: "kube-system" });
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: inSystem("coredns") },
    ...dnsRights(),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: inSystem("coredns"),
      data: { Corefile: corefile },
    } as Manifest,
    dnsDeployment(labels),
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { ...inSystem("kube-dns"), labels },
      spec: {
        clusterIP: dnsAddress,
        selector: labels,
        ports: [
          { name: "dns", port: 53, protocol: "UDP" },
          { name: "dns-tcp", port: 53, protocol: "TCP" },
        ],
      },
    } as Manifest,
  ];
}

function dnsRights(): Manifest[] {
  const name = "system:coredns";
  const verbs = ["list", "watch"];
  const role = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name },
    rules: [
      { apiGroups: [""], resources: ["endpoints", "services", "pods", "namespaces"], verbs },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs },
    ],
  };
  const binding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
    subjects: [{ kind: "ServiceAccount", name: "coredns", namespace: "kube-system" }],
  };
  return [role, binding];
}

function dnsDeployment(labels: Record<string, string>): V1Deployment {
  const podSpec: V1PodSpec = {
    serviceAccountName: "coredns",
    priorityClassName: "system-cluster-critical",
    dnsPolicy: "Default",
    containers: [
      {
        name: "coredns",
        image: imageNames.coreDns,
        imagePullPolicy: "Never",
        args: ["-conf", "/etc/coredns/Corefile"],
        volumeMounts: [{ name: "config", mountPath: "/etc/coredns" }],
        readinessProbe: {
          httpGet: { path: "/ready", port: 8181 },
          periodSeconds: 1,
          timeoutSeconds: patient(1),
        },
      },
    ],
    volumes: [{ name: "config", configMap: { name: "coredns" } }],
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "coredns", namespace: "kube-system", labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec },
    },
  };
}
