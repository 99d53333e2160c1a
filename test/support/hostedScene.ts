import { membersOf } from "../../components/hosted/hostedCluster";
import type { HostedContext } from "../../components/hosted/hostedContext";
import { ledgerConfigMap } from "../../components/hosted/ledgerConfigMap";
import type { Request } from "../../components/procedure/request";
import { hostedProfiles, type ProfileOverrides, withOverrides } from "../../components/profiles/profiles";
import { FakeApi } from "./fakeApi";

export const namespace = "uc1";
const apps = `/apis/apps/v1/namespaces/${namespace}`;
/** Collections of the scene's namespace. */
export const paths = {
  statefulSets: `${apps}/statefulsets`,
  deployments: `${apps}/deployments`,
  daemonSets: `${apps}/daemonsets`,
  pods: `/api/v1/namespaces/${namespace}/pods`,
  claims: `/api/v1/namespaces/${namespace}/persistentvolumeclaims`,
  services: `/api/v1/namespaces/${namespace}/services`,
  secrets: `/api/v1/namespaces/${namespace}/secrets`,
  budgets: `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`,
  reviews: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
} as const;

/** What a test changes of a context that would work. */
export interface SceneChange {
  readonly members?: number;
  readonly profile?: ProfileOverrides;
  readonly request?: Request;
  readonly operation?: HostedContext["operation"];
}

/** A hosted substrate's context over an API in memory; `said` collects its account. */
export function hostedScene({ members = 3, profile, request = {}, operation = "restore" }: SceneChange = {}) {
  const api = new FakeApi();
  const said: string[] = [];
  const names = { members, profile: withOverrides(hostedProfiles["gdc-kubeception"], profile) };
  const context: HostedContext = {
    client: api,
    namespace,
    names,
    members: membersOf(names),
    id: "r1",
    operation,
    request,
    access: { kind: "hosted", namespace, adminKubeconfig: "/k/admin", userKubeconfig: "/k/user" },
    userAgent: "etcd-recovery/test",
    ledger: ledgerConfigMap(api, namespace),
    say: (line) => void said.push(line),
  };
  return { api, context, said };
}

/** What differs of a workload from one that is well. */
interface WorkloadChange {
  readonly replicas?: number;
  readonly ready?: number;
  readonly metadata?: object;
  readonly spec?: object;
  readonly status?: object;
  readonly container?: object;
  readonly pod?: object;
}

/** etcd as one whose volumes go with its last Pod. */
export const deletingVolumes = () =>
  workload("kube-etcd", {
    replicas: 3,
    spec: { persistentVolumeClaimRetentionPolicy: { whenScaled: "Delete" } },
  });

/** A StatefulSet or Deployment that is well. */
export function workload(name: string, change: WorkloadChange = {}) {
  const { replicas = 1, ready = replicas } = change;
  return {
    metadata: { name, generation: 1, ...change.metadata },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      podManagementPolicy: "Parallel",
      ...change.spec,
      template: {
        spec: { ...change.pod, containers: [{ name, image: `example/${name}:1`, ...change.container }] },
      },
    },
    status: {
      observedGeneration: 1,
      replicas,
      readyReplicas: ready,
      currentRevision: "a",
      updateRevision: "a",
      ...change.status,
    },
  };
}

/** A Pod of a workload. */
export function pod(
  owner: string,
  name: string,
  change: { metadata?: object; spec?: object; status?: object } = {},
) {
  return {
    metadata: {
      name,
      labels: { app: owner },
      ownerReferences: [{ apiVersion: "apps/v1", kind: "StatefulSet", name: owner, uid: `uid-${owner}` }],
      ...change.metadata,
    },
    spec: { nodeName: "node-a", ...change.spec },
    status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }], ...change.status },
  };
}

/** Puts a control plane that is well into the API: three members, two API servers, controllers, maintenance. */
export function putControlPlane(api: FakeApi, members = 3): void {
  api.put("/api/v1/namespaces", { metadata: { name: namespace } });
  api.put(paths.statefulSets, workload("kube-etcd", { replicas: members }));
  api.put(paths.statefulSets, workload("kube-apiserver", { replicas: 2 }));
  api.put(paths.deployments, workload("kube-controller-manager"));
  api.put(paths.deployments, workload("kube-scheduler"));
  api.put(paths.deployments, workload("gke-master-etcd-maintenance"));
  api.put(paths.services, { metadata: { name: "kube-etcd" }, spec: { publishNotReadyAddresses: true } });
  for (let ordinal = 0; ordinal < members; ordinal += 1) {
    const name = `kube-etcd-${ordinal}`;
    const volumes = [{ name: "data", persistentVolumeClaim: { claimName: `data-${name}` } }];
    api.put(paths.pods, pod("kube-etcd", name, { spec: { nodeName: `node-${ordinal}`, volumes } }));
    api.put(paths.claims, {
      metadata: { name: `data-${name}` },
      spec: { accessModes: ["ReadWriteOnce"] },
      status: { phase: "Bound" },
    });
  }
}

/** Lets the user do everything, but for these ("VERB RESOURCE"). */
export function allowAllBut(api: FakeApi, ...denied: readonly string[]): void {
  api.before.push(({ method, path, body }) => {
    if (method !== "POST" || path !== paths.reviews) return undefined;
    const { verb, resource, subresource } = (body as { spec: { resourceAttributes: Record<string, string> } })
      .spec.resourceAttributes;
    const name = `${verb} ${resource}${subresource === undefined ? "" : `/${subresource}`}`;
    return { status: { allowed: !denied.includes(name) } };
  });
}
