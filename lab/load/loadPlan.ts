import { customGroup, type LoadKind, type LoadObject, namespacedKinds } from "./kinds";
import { Random } from "./random";

/** One object and where it is written. */
export interface PlannedObject {
  readonly path: string;
  readonly object: LoadObject;
}

/** The objects of a load in two waves: what others need (definitions, namespaces), then the rest, in any order. */
export interface LoadPlan {
  readonly foundation: readonly PlannedObject[];
  readonly rest: readonly PlannedObject[];
}

/** Fewest objects of a load: one of each kind of the foundation. */
export const smallestLoad = 6;

/** Plans exactly `objects` objects, at least {@link smallestLoad}; equal arguments give an equal plan. */
export function planLoad(objects: number, seed: number): LoadPlan {
  const random = new Random(seed);
  const prefix = `load-${seed}`;
  const namespaces = namesOf(prefix, "ns", Math.max(1, Math.min(40, Math.floor(objects / 50))));
  const foundation = [
    widgetDefinition(),
    ...namespaces.map((name) => clusterObject("v1", "Namespace", "namespaces", name, {})),
    ...foundationPerLoad(prefix),
  ];
  const count = Math.max(0, objects - foundation.length);
  const rest = Array.from({ length: count }, (_, index) => {
    const kind =
      index < namespacedKinds.length ? (namespacedKinds[index] ?? weighted(random)) : weighted(random);
    return namespacedObject(kind, random.pick(namespaces), `${prefix}-${index}`, kind.body(random, index));
  });
  return { foundation, rest };
}

function namesOf(prefix: string, what: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${what}-${index}`);
}

function weighted(random: Random): LoadKind {
  const total = namespacedKinds.reduce((sum, kind) => sum + kind.weight, 0);
  let place = random.below(total);
  for (const kind of namespacedKinds) {
    place -= kind.weight;
    if (place < 0) {
      return kind;
    }
  }
  throw new Error("weights do not add up");
}

/** Cluster-wide objects, one of each. */
function foundationPerLoad(prefix: string): PlannedObject[] {
  const rbac = "rbac.authorization.k8s.io/v1";
  const rules = [{ apiGroups: [customGroup], resources: ["widgets"], verbs: ["get", "list", "watch"] }];
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: prefix };
  const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: `${prefix}-readers` }];
  return [
    clusterObject(rbac, "ClusterRole", "clusterroles", prefix, { rules }),
    clusterObject(rbac, "ClusterRoleBinding", "clusterrolebindings", prefix, { roleRef, subjects }),
    clusterObject("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", prefix, { value: 1000 }),
    clusterObject("storage.k8s.io/v1", "StorageClass", "storageclasses", prefix, {
      provisioner: "kubernetes.io/no-provisioner",
    }),
  ];
}

function widgetDefinition(): PlannedObject {
  const schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return clusterObject(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
    "customresourcedefinitions",
    `widgets.${customGroup}`,
    {
      spec: {
        group: customGroup,
        scope: "Namespaced",
        names: { plural: "widgets", singular: "widget", kind: "Widget" },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
      },
    },
  );
}

const labels = { "app.kubernetes.io/part-of": "lab-load" };

function clusterObject(
  apiVersion: string,
  kind: string,
  plural: string,
  name: string,
  body: Record<string, unknown>,
): PlannedObject {
  return {
    path: `${groupPath(apiVersion)}/${plural}`,
    object: { apiVersion, kind, metadata: { name, labels }, ...body },
  };
}

function namespacedObject(
  kind: LoadKind,
  namespace: string,
  name: string,
  body: Record<string, unknown>,
): PlannedObject {
  return {
    path: `${groupPath(kind.apiVersion)}/namespaces/${namespace}/${kind.plural}`,
    object: { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name, namespace, labels }, ...body },
  };
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
