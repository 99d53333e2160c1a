import type { Operation } from "../procedure/arguments";

/** What a step does with one kind of object. */
export interface Right {
  /** API group; "" is the core. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly verbs: readonly string[];
}

/** One verb of a right. */
export type Verb = Omit<Right, "verbs"> & { readonly verb: string };

/** The utility Pods, the ledger, the members' volumes: what every operation works with. */
const volumes: readonly Right[] = [
  { group: "", resource: "pods", verbs: ["get", "list", "watch", "create", "patch", "delete"] },
  // A server asks for one or the other of a connection that is a WebSocket.
  { group: "", resource: "pods", subresource: "exec", verbs: ["create", "get"] },
  { group: "", resource: "pods", subresource: "log", verbs: ["get"] },
  {
    group: "",
    resource: "configmaps",
    verbs: ["get", "list", "watch", "create", "update", "patch", "delete"],
  },
  { group: "", resource: "persistentvolumeclaims", verbs: ["get"] },
  { group: "", resource: "services", verbs: ["get"] },
  { group: "", resource: "events", verbs: ["list"] },
  { group: "apps", resource: "statefulsets", verbs: ["get", "list"] },
  {
    group: "networking.k8s.io",
    resource: "networkpolicies",
    verbs: ["get", "list", "watch", "create", "patch", "delete"],
  },
];

/** Stopping and starting a control plane. */
const workloads: readonly Right[] = [
  { group: "apps", resource: "deployments", verbs: ["get", "list"] },
  { group: "apps", resource: "daemonsets", verbs: ["get", "list"] },
  { group: "apps", resource: "statefulsets", subresource: "scale", verbs: ["get", "update", "patch"] },
  { group: "apps", resource: "deployments", subresource: "scale", verbs: ["get", "update", "patch"] },
  { group: "policy", resource: "poddisruptionbudgets", verbs: ["get", "create", "delete"] },
];

/** A container that is added to a member's Pod for a moment. */
const repair: readonly Right[] = [
  { group: "", resource: "pods", subresource: "ephemeralcontainers", verbs: ["update"] },
];

/** What an operation's steps do in the user cluster's namespace. */
export function rightsOf(operation: Operation): readonly Right[] {
  if (operation === "restore" || operation === "rollback") return [...volumes, ...workloads];
  return operation === "repair" ? [...volumes, ...repair] : volumes;
}

/** What a restore does in the namespace of a controller that `overrides.controllers` names there. */
export const controllerRights: readonly Right[] = [
  { group: "", resource: "pods", verbs: ["get", "list", "delete"] },
  { group: "", resource: "pods", subresource: "log", verbs: ["get"] },
  { group: "", resource: "events", verbs: ["list"] },
  { group: "apps", resource: "statefulsets", verbs: ["get"] },
  { group: "apps", resource: "deployments", verbs: ["get"] },
  { group: "apps", resource: "statefulsets", subresource: "scale", verbs: ["get", "update", "patch"] },
  { group: "apps", resource: "deployments", subresource: "scale", verbs: ["get", "update", "patch"] },
];

/** Each verb for itself, as the API server is asked. */
export function verbsOf(rights: readonly Right[]): readonly Verb[] {
  return rights.flatMap(({ verbs, ...right }) => verbs.map((verb) => ({ ...right, verb })));
}

/** e.g. "create pods/exec" */
export function rightName({ verb, resource, subresource }: Verb): string {
  return `${verb} ${resource}${subresource === undefined ? "" : `/${subresource}`}`;
}
