import { isArray, isMap } from "../../rpc/values";
import type { Cluster } from "../cluster";
import { apiVersionOf, type KubeObject, kindOf, nameOf, namespaceOf, textAt, valueAt } from "../objects";
import { podReadiness } from "./pod";
import { type Readiness, type ReadinessOf, ready, waiting } from "./readiness";
import {
  claimReadiness,
  quotaReadiness,
  secretReadiness,
  serviceReadiness,
  volumeReadiness,
} from "./storage";
import { daemonSetReadiness, deploymentReadiness, jobReadiness, statefulSetReadiness } from "./workloads";

/** How objects of a kind are awaited. */
export interface KindReadiness {
  readonly of: ReadinessOf;
  /** Whether a refresh judges it again. */
  readonly onRead: boolean;
  /** Seconds that a create or an update waits when nothing else is said. */
  readonly timeoutSeconds: number;
}

const tenMinutes = 600;

const kinds: Readonly<Record<string, KindReadiness>> = {
  "v1/Pod": { of: podReadiness, onRead: true, timeoutSeconds: tenMinutes },
  "apps/v1/Deployment": { of: deploymentReadiness, onRead: true, timeoutSeconds: tenMinutes },
  "apps/v1/StatefulSet": { of: statefulSetReadiness, onRead: true, timeoutSeconds: tenMinutes },
  "apps/v1/DaemonSet": { of: daemonSetReadiness, onRead: true, timeoutSeconds: tenMinutes },
  "batch/v1/Job": { of: jobReadiness, onRead: true, timeoutSeconds: tenMinutes },
  "v1/Service": { of: serviceReadiness, onRead: true, timeoutSeconds: tenMinutes },
  "v1/PersistentVolumeClaim": { of: claimReadiness, onRead: false, timeoutSeconds: 300 },
  "v1/PersistentVolume": { of: volumeReadiness, onRead: false, timeoutSeconds: 300 },
  "v1/ResourceQuota": { of: quotaReadiness, onRead: false, timeoutSeconds: 300 },
  "v1/Secret": { of: secretReadiness, onRead: false, timeoutSeconds: 300 },
};

/** How the object's kind is awaited; undefined for kinds that are ready when they exist. */
export function readinessOfKind(object: KubeObject): KindReadiness | undefined {
  return kinds[`${apiVersionOf(object)}/${kindOf(object)}`];
}

/** What the object alone does not tell: Endpoints of a Service, the binding mode of a claim's class. */
export async function readinessAround(
  cluster: Cluster,
  object: KubeObject,
  signal: AbortSignal,
): Promise<Readiness> {
  switch (`${apiVersionOf(object)}/${kindOf(object)}`) {
    case "v1/Service":
      return await serviceTargets(cluster, object, signal);
    case "v1/PersistentVolumeClaim":
      return await claimBinding(cluster, object, signal);
    default:
      return ready();
  }
}

async function serviceTargets(
  cluster: Cluster,
  service: KubeObject,
  signal: AbortSignal,
): Promise<Readiness> {
  const selector = valueAt(service, "spec", "selector");
  const headless = textAt(service, "spec", "clusterIP") === "None";
  const external = textAt(service, "spec", "type") === "ExternalName";
  if (!isMap(selector) || Object.keys(selector).length === 0 || headless || external) {
    return ready();
  }
  const list = await cluster.api.call({
    path: `/apis/discovery.k8s.io/v1/namespaces/${namespaceOf(service)}/endpointslices`,
    query: { labelSelector: `kubernetes.io/service-name=${nameOf(service)}` },
    signal,
  });
  const slices = isArray(list.items) ? list.items : [];
  const endpoints = slices.flatMap((slice) => {
    const found = valueAt(slice, "endpoints");
    return isArray(found) ? found : [];
  });
  return endpoints.some((endpoint) => valueAt(endpoint, "conditions", "ready") === true)
    ? ready()
    : waiting("Finding Pods to direct traffic to", [
        "Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not match labels on any Pods",
      ]);
}

async function claimBinding(cluster: Cluster, claim: KubeObject, signal: AbortSignal): Promise<Readiness> {
  const name = textAt(claim, "spec", "storageClassName");
  if (name === "" || textAt(claim, "status", "phase") === "Bound") {
    return ready();
  }
  const storageClass = await cluster.find(
    { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name } },
    signal,
  );
  return textAt(storageClass, "volumeBindingMode") === "WaitForFirstConsumer"
    ? ready()
    : claimReadiness(claim);
}
