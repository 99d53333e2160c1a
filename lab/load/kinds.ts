import { imageNames } from "../images/labImages";
import type { Random } from "./random";

/** A Kubernetes object that the load writes. */
export interface LoadObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
  };
  readonly [field: string]: unknown;
}

/** How a kind is written. */
export interface LoadKind {
  readonly kind: string;
  readonly apiVersion: string;
  /** Name in the URL. */
  readonly plural: string;
  /** Share of all namespaced objects, in parts of the sum. */
  readonly weight: number;
  /** Everything but apiVersion, kind and metadata. `index` counts the objects of this load. */
  readonly body: (random: Random, index: number) => Record<string, unknown>;
}

/**
 * Of a Deployment: none. Its Pods never run, so after the default of ten minutes its status would change by itself, and
 * a restore that is compared later with its snapshot would seem to have changed it.
 */
const noDeadline = 2 ** 31 - 1;

/** Group of the custom resources. */
export const customGroup = "load.etcd-recovery.example";

const podTemplate = (app: string) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: "main", image: imageNames.pause, resources: { requests: { cpu: "1m" } } }] },
});

const workload = (app: string, replicas: number) => ({
  replicas,
  selector: { matchLabels: { app } },
  template: podTemplate(app),
});

const viewer = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" };

/** The kinds below namespaces, weighted roughly as real clusters have them. */
export const namespacedKinds: readonly LoadKind[] = [
  {
    kind: "ConfigMap",
    apiVersion: "v1",
    plural: "configmaps",
    weight: 28,
    // One in ten is large, as generated configuration and dashboards are.
    body: (random) => ({
      data: { value: random.text(random.below(10) === 0 ? 4096 : 40), color: random.text(8) },
    }),
  },
  {
    kind: "Secret",
    apiVersion: "v1",
    plural: "secrets",
    weight: 18,
    body: (random) => ({ type: "Opaque", stringData: { password: random.text(32) } }),
  },
  { kind: "ServiceAccount", apiVersion: "v1", plural: "serviceaccounts", weight: 6, body: () => ({}) },
  {
    kind: "Service",
    apiVersion: "v1",
    plural: "services",
    weight: 6,
    body: (_, index) => ({
      spec: { clusterIP: "None", selector: { app: `app-${index}` }, ports: [{ port: 80 }] },
    }),
  },
  {
    kind: "Role",
    apiVersion: "rbac.authorization.k8s.io/v1",
    plural: "roles",
    weight: 5,
    body: (random) => ({
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: [random.pick(["get", "list", "watch"])] }],
    }),
  },
  {
    kind: "RoleBinding",
    apiVersion: "rbac.authorization.k8s.io/v1",
    plural: "rolebindings",
    weight: 5,
    body: (random) => ({
      roleRef: viewer,
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: `user-${random.text(6)}` }],
    }),
  },
  {
    kind: "Deployment",
    apiVersion: "apps/v1",
    plural: "deployments",
    weight: 8,
    body: (random, index) => ({
      spec: {
        progressDeadlineSeconds: noDeadline,
        ...workload(`app-${index}`, random.pick([0, 0, 0, 1, 2])),
      },
    }),
  },
  {
    kind: "StatefulSet",
    apiVersion: "apps/v1",
    plural: "statefulsets",
    weight: 3,
    body: (random, index) => ({
      spec: { serviceName: `app-${index}`, ...workload(`app-${index}`, random.pick([0, 0, 1])) },
    }),
  },
  {
    kind: "Lease",
    apiVersion: "coordination.k8s.io/v1",
    plural: "leases",
    weight: 4,
    body: (random) => ({ spec: { holderIdentity: random.text(12), leaseDurationSeconds: 15 } }),
  },
  {
    kind: "PodDisruptionBudget",
    apiVersion: "policy/v1",
    plural: "poddisruptionbudgets",
    weight: 3,
    body: (_, index) => ({ spec: { minAvailable: 1, selector: { matchLabels: { app: `app-${index}` } } } }),
  },
  {
    kind: "NetworkPolicy",
    apiVersion: "networking.k8s.io/v1",
    plural: "networkpolicies",
    weight: 2,
    body: (_, index) => ({
      spec: { podSelector: { matchLabels: { app: `app-${index}` } }, policyTypes: ["Ingress"] },
    }),
  },
  {
    kind: "CronJob",
    apiVersion: "batch/v1",
    plural: "cronjobs",
    weight: 2,
    body: (_, index) => ({
      spec: {
        schedule: "0 3 * * *",
        suspend: true,
        jobTemplate: {
          spec: { template: { spec: { ...podTemplate(`app-${index}`).spec, restartPolicy: "Never" } } },
        },
      },
    }),
  },
  {
    kind: "PersistentVolumeClaim",
    apiVersion: "v1",
    plural: "persistentvolumeclaims",
    weight: 2,
    body: () => ({
      spec: {
        storageClassName: "none",
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "1Gi" } },
      },
    }),
  },
  {
    kind: "Widget",
    apiVersion: `${customGroup}/v1`,
    plural: "widgets",
    weight: 8,
    body: (random) => ({ spec: { size: random.below(1000), color: random.pick(["red", "green", "blue"]) } }),
  },
];
