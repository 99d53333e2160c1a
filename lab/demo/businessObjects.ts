import { waitFor } from "../waiting";
import type { UserApi } from "./userApi";

/** Namespaces that the demo makes, fills and later loses. */
export const shops = ["orders", "billing"] as const;

const keepFinalizer = "demo.etcd-recovery/keep";

/**
 * Makes a namespace with content: ConfigMaps, Secrets and Deployments. One of its ConfigMaps has a finalizer that
 * nobody serves, so that a deletion of the namespace goes on for as long as one likes.
 */
export async function fillNamespace(api: UserApi, name: string): Promise<void> {
  await api.must("POST", "/api/v1/namespaces", { metadata: { name } });
  const numbers = Array.from({ length: 40 }, (_, n) => n);
  const core = `/api/v1/namespaces/${name}`;
  await Promise.all([
    ...numbers.map((n) =>
      api.must("POST", `${core}/configmaps`, {
        metadata: { name: `settings-${n}`, ...(n === 0 ? { finalizers: [keepFinalizer] } : {}) },
        data: { text: `settings ${n} of ${name}` },
      }),
    ),
    ...numbers.slice(0, 20).map((n) =>
      api.must("POST", `${core}/secrets`, {
        metadata: { name: `password-${n}` },
        stringData: { password: `lab-only-${name}-${n}` },
      }),
    ),
    ...numbers.slice(0, 4).map((n) => api.must("POST", deployments(name), deployment(`web-${n}`))),
  ]);
}

/** Writes after the backup, which the restore must take away again: new objects, changed ones, a deleted one. */
export async function writeLater(api: UserApi): Promise<string> {
  await api.must("POST", "/api/v1/namespaces", { metadata: { name: "later" } });
  const numbers = Array.from({ length: 30 }, (_, n) => n);
  await Promise.all([
    ...numbers.map((n) =>
      api.must("POST", "/api/v1/namespaces/later/configmaps", {
        metadata: { name: `new-${n}` },
        data: { n: String(n) },
      }),
    ),
    ...numbers.slice(0, 10).map((n) =>
      api.must("PATCH", `/api/v1/namespaces/billing/configmaps/settings-${n}`, {
        data: { text: "overwritten" },
      }),
    ),
    api.must("DELETE", `${deployments("billing")}/web-0`),
    api.must("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
      metadata: { name: "later-admin" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "later" }],
    }),
  ]);
  return "30 ConfigMaps in a new namespace, 10 others overwritten, a Deployment deleted, a new cluster administrator";
}

/** Deletes a namespace as one does by mistake: the answer comes at once, the content goes bit by bit. */
export async function deleteNamespace(api: UserApi, name: string): Promise<void> {
  await api.must("DELETE", `/api/v1/namespaces/${name}`);
}

/**
 * What a person sees of a namespace: "Active, 41 ConfigMaps, 20 Secrets, 4 Deployments", or "gone". As a person would, it
 * asks again: a node's proxy may learn late, on a busy machine, which API servers there are.
 */
export function describeNamespace(api: UserApi, name: string): Promise<string> {
  return waitFor({ what: `what is in namespace ${name}`, timeoutSeconds: 10 }, () => askNamespace(api, name));
}

async function askNamespace(api: UserApi, name: string): Promise<string> {
  const namespace = await api.send("GET", `/api/v1/namespaces/${name}`);
  if (namespace.status === 404) return "gone";
  const count = async (path: string) => ((await api.must("GET", path)) as { items: unknown[] }).items.length;
  const [maps, secrets, sets] = await Promise.all([
    count(`/api/v1/namespaces/${name}/configmaps`),
    count(`/api/v1/namespaces/${name}/secrets`),
    count(deployments(name)),
  ]);
  const { status } = namespace.body as { status: { phase: string } };
  return `${status.phase}, ${maps} ConfigMaps, ${secrets} Secrets, ${sets} Deployments`;
}

/** Seconds: none. The default of ten minutes would change the status of Deployments whose Pods never run. */
const noDeadline = 2 ** 31 - 1;

const deployments = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments`;

function deployment(name: string) {
  const labels = { app: name };
  return {
    metadata: { name },
    spec: {
      progressDeadlineSeconds: noDeadline,
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "web", image: "registry.invalid/web:1" }] },
      },
    },
  };
}
