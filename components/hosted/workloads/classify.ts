import type { HostedNames } from "../hostedAccess";
import {
  type KubeWorkload,
  parseWorkloadName,
  type Workload,
  type WorkloadName,
  wantedReplicas,
} from "./kubeWorkload";

/** The word that stands for what is found by image and name. */
export const DISCOVER = "discover";

/** Names that the configuration gives for controllers, without the word "discover". */
export function namedControllers({ profile }: HostedNames): readonly string[] {
  return profile.controllers === DISCOVER ? [] : profile.controllers.filter((name) => name !== DISCOVER);
}

/** Namespaces of those controllers that are not beside etcd. */
export function otherNamespaces(names: HostedNames, namespace: string): readonly string[] {
  const all = namedControllers(names).flatMap((name) => parseWorkloadName(name)?.namespace ?? []);
  return [...new Set(all)].filter((one) => one !== namespace);
}

/** Whether a workload of the namespace is stopped before a swap: discovered, known, or named. */
export function isController(workload: Workload, names: HostedNames, namespace: string): boolean {
  if (workload.kind === "DaemonSet") return false;
  const { profile } = names;
  const discovers = profile.controllers === DISCOVER || profile.controllers.includes(DISCOVER);
  return (
    (discovers && isDiscovered(workload)) ||
    profile.knownControllers.some((pattern) => fits(pattern, workload)) ||
    namedControllers(names).some((name) => isNamed(name, workload, namespace))
  );
}

/** Controller managers and schedulers: a live controller manager deletes restored objects. */
function isDiscovered({ kind, object }: Workload): boolean {
  const byImage = /\/[a-z-]*(kube-controller-manager|kube-scheduler|cloud-controller-manager)[:@]/;
  const byName = /controller-manager|scheduler/;
  return (
    byName.test(`${kind}/${object.metadata.name}`) ||
    containersOf(object).some(({ image = "" }) => byImage.test(image))
  );
}

/** `*` stands for any part of a name. */
function fits(pattern: string, { kind, object }: Workload): boolean {
  const known = parseWorkloadName(pattern);
  if (known === undefined || known.kind !== kind) return false;
  const parts = known.name.split("*").map((part) => part.replaceAll(".", "\\."));
  return new RegExp(`^${parts.join(".*")}$`).test(object.metadata.name);
}

function isNamed(text: string, { kind, object }: Workload, namespace: string): boolean {
  const name = parseWorkloadName(text);
  return (
    name?.kind === kind && name.name === object.metadata.name && (name.namespace ?? namespace) === namespace
  );
}

/**
 * Why a workload that is not stopped is left as it is: "idle" at 0 replicas, "kubeconfig" when something in its Pod
 * template says that it talks to an API server by a kubeconfig or to this user cluster's, else "none".
 */
export function whyLeft({ kind, object }: Workload, apiServer: string): "idle" | "kubeconfig" | "none" {
  if (kind !== "DaemonSet" && wantedReplicas(object) === 0) return "idle";
  const said = wordsOf(object).join(" ");
  const signs = [/kubeconfig/i, /KUBERNETES_SERVICE_HOST=/, /--master=/];
  return signs.some((sign) => sign.test(said)) || said.includes(apiServer) ? "kubeconfig" : "none";
}

function wordsOf(object: KubeWorkload): readonly string[] {
  const containers = containersOf(object).flatMap(({ command = [], args = [], env = [] }) => [
    ...command,
    ...args,
    ...env.map(({ name, value = "" }) => `${name}=${value}`),
  ]);
  const volumes = (object.spec.template?.spec?.volumes ?? []).flatMap(({ secret, configMap, projected }) => [
    secret?.secretName ?? "",
    configMap?.name ?? "",
    ...(projected?.sources ?? []).map((source) => source.secret?.name ?? ""),
  ]);
  return [...containers, ...volumes];
}

const containersOf = ({ spec }: KubeWorkload) => spec.template?.spec?.containers ?? [];

/** As the ledger and messages have it. */
export const nameOf = ({ kind, object }: Workload): string => `${kind}/${object.metadata.name}`;

/** As the configuration has it. */
export const settingOf = ({ kind, name, namespace }: WorkloadName): string =>
  namespace === undefined ? `${kind}/${name}` : `${namespace}/${kind}/${name}`;
