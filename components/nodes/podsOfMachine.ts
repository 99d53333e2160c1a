import { isUnelected } from "../procedure/containerFlags";
import type { Part } from "../procedure/ledgerRecord";
import type { NodesProfile } from "../profiles/nodesProfile";
import type { StaticPod } from "./staticPod";

/** One static Pod of a machine's control plane. */
export interface PodFile {
  /** In the kubelet's directory, or parked. */
  readonly file: string;
  /** As the ledger names it, e.g. "static/kube-apiserver". */
  readonly workload: string;
  readonly part: Part;
  readonly container: string;
  /** Of etcd, on the machine. */
  readonly dataDirectory: string | undefined;
  /** Of an API server, as the machine reaches it. */
  readonly readyz: string | undefined;
  /** A controller that works without being elected, or by another lease than its usual one: nothing renews that. */
  readonly unelected?: true;
}

export interface PodsOfMachine {
  readonly machine: string;
  readonly files: readonly PodFile[];
}

const workloadOf = (file: string): string => `static/${file.replace(/\.(ya?ml|json)$/, "")}`;

/** File names of all that is stopped, in the order of the parts. */
export const filesOf = ({ controllers, apiServer, etcd }: NodesProfile): readonly string[] => [
  ...controllers,
  apiServer.manifest,
  etcd.manifest,
];

/** @param dataDirectory of etcd, on the machine */
export function podFile(profile: NodesProfile, file: string, pod: StaticPod, dataDirectory: string): PodFile {
  const workload = workloadOf(file);
  const part = partOf(profile, workload);
  const address = pod.flag("bind-address") ?? "127.0.0.1";
  const isEvery = ["", "0.0.0.0", "::"].includes(address);
  const host = isEvery ? "127.0.0.1" : address.includes(":") ? `[${address}]` : address;
  return {
    ...{ file, workload, part, container: pod.container },
    dataDirectory: part === "etcd" ? dataDirectory : undefined,
    readyz: part === "apiServers" ? `https://${host}:${pod.flag("secure-port") ?? "6443"}/readyz` : undefined,
    ...(part === "controllers" && isUnelected((name) => pod.flag(name)) ? { unelected: true } : {}),
  };
}

export function partOf({ apiServer, etcd }: NodesProfile, workload: string): Part {
  if (workload === workloadOf(etcd.manifest)) return "etcd";
  return workload === workloadOf(apiServer.manifest) ? "apiServers" : "controllers";
}

/** Every workload once. */
export const workloadNames = (machines: readonly PodsOfMachine[]): readonly string[] => [
  ...new Set(machines.flatMap(({ files }) => files.map(({ workload }) => workload))),
];
