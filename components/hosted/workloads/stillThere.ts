import type { FoundWorkload } from "../../procedure/ledgerRecord";
import type { Still } from "../../procedure/substrate";
import { collections, type KubeList } from "../kubePod";
import { eventsOf } from "../podTrouble";
import {
  isSelected,
  type Kind,
  type KubeWorkload,
  type WorkloadName,
  wantedReplicas,
  workloadsPath,
} from "./kubeWorkload";
import { whoScaled } from "./owners";
import {
  type Asked,
  askSeconds,
  findWorkload,
  isOwned,
  type OwnedPod,
  placeOf,
  podsOf,
} from "./workloadPods";

/**
 * What of these is not gone. Gone: the controller has seen the 0 and no Pod object is left. An object that has
 * disappeared without force means that the kubelet has confirmed the containers dead.
 *
 * A few questions for all of them, since the outage waits for the answers.
 */
export async function stillThere(
  asked: Asked,
  workloads: readonly FoundWorkload[],
): Promise<readonly Still[]> {
  const view = await lookAt(asked, workloads);
  const stills = await Promise.all(workloads.map((found) => stillOf(asked, found, view)));
  return stills.filter((still) => still !== undefined);
}

/** Workloads and Pods as they were at one time. */
interface View {
  find(place: Required<WorkloadName>): KubeWorkload | undefined;
  pods(namespace: string): readonly OwnedPod[];
}

async function lookAt(asked: Asked, workloads: readonly FoundWorkload[]): Promise<View> {
  const places = workloads.map((found) => placeOf(asked, found));
  const objects = new Map<string, KubeWorkload>();
  const pods = new Map<string, readonly OwnedPod[]>();
  const key = ({ kind, name, namespace }: Required<WorkloadName>) => `${namespace}/${kind}/${name}`;
  const here = new Set(
    places.filter(({ namespace }) => namespace === asked.namespace).map(({ kind }) => kind),
  );
  const elsewhere = places.filter(({ namespace }) => namespace !== asked.namespace);
  // The workloads first: a Pod that is made after them belongs to a number that is above 0.
  await Promise.all([
    ...[...here].map(async (kind: Kind) => {
      const { items } = await asked.client.get<KubeList<KubeWorkload>>(workloadsPath(kind, asked.namespace), {
        seconds: askSeconds,
      });
      for (const item of items)
        objects.set(key({ kind, name: item.metadata.name, namespace: asked.namespace }), item);
    }),
    // Of another namespace the user may see no more than what was named.
    ...elsewhere.map(async (place) => {
      const found = await findWorkload(asked, place);
      if (found !== undefined) objects.set(key(place), found);
    }),
  ]);
  const namespaces = new Set(places.map(({ namespace }) => namespace));
  await Promise.all(
    [...namespaces].map(async (namespace) => {
      const { items } = await asked.client.get<KubeList<OwnedPod>>(collections.pods(namespace), {
        seconds: askSeconds,
      });
      pods.set(namespace, items);
    }),
  );
  return { find: (place) => objects.get(key(place)), pods: (namespace) => pods.get(namespace) ?? [] };
}

async function stillOf(asked: Asked, found: FoundWorkload, view: View): Promise<Still | undefined> {
  const place = placeOf(asked, found);
  const object = view.find(place);
  const its =
    object === undefined
      ? await podsOf(asked, found)
      : view.pods(place.namespace).filter((pod) => isOf(place, object, pod));
  const living = its.filter((pod) => place.kind === "StatefulSet" || !hasEnded(pod));
  const wanted = object === undefined ? 0 : wantedReplicas(object);
  if (wanted === 0 && living.length === 0 && (object === undefined || hasSettled(object))) return undefined;
  return {
    workload: place.namespace === asked.namespace ? found.name : `${place.namespace}/${found.name}`,
    wanted,
    instances: living.map(instanceOf),
    by: wanted > 0 && object !== undefined ? whoScaled(object) : "",
    events: [
      ...(wanted > 0 ? await eventsOf({ ...asked, namespace: place.namespace }, place.name) : []),
      ...living.flatMap(overdue),
    ],
  };
}

/** With its node, and what keeps its object where its containers may have ended long ago. */
function instanceOf({ metadata, spec }: OwnedPod): string {
  const { name, deletionTimestamp, finalizers = [] } = metadata;
  const placed = spec?.nodeName ? `${name} on ${spec.nodeName}` : name;
  return deletionTimestamp === undefined || finalizers.length === 0
    ? placed
    : `${placed} (kept by its finalizers: ${finalizers.join(", ")})`;
}

function isOf({ kind, name }: WorkloadName, { spec }: KubeWorkload, pod: OwnedPod): boolean {
  return kind === "StatefulSet" ? isOwned(pod, name) : isSelected(spec.selector ?? {}, pod.metadata.labels);
}

/** A Deployment leaves Pods that were evicted: nothing runs in them. A member's or API server's own must be gone. */
const hasEnded = ({ metadata, status }: OwnedPod): boolean =>
  metadata.deletionTimestamp === undefined && (status?.phase === "Succeeded" || status?.phase === "Failed");

function hasSettled({ metadata, status = {} }: KubeWorkload): boolean {
  return (status.observedGeneration ?? 0) >= (metadata.generation ?? 0) && (status.replicas ?? 0) === 0;
}

/** A Pod that should have ended long ago stays while its node does not answer. */
function overdue({ metadata, spec }: OwnedPod): readonly string[] {
  const due = Date.parse(metadata.deletionTimestamp ?? "");
  if (!(Date.now() - due > 15_000)) return [];
  return [
    `${metadata.name} on node ${spec?.nodeName ?? "none"} should have ended at ${metadata.deletionTimestamp}`,
  ];
}
