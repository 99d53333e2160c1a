import { z } from "zod";
import { gdcKubeception } from "../../components/profiles/gdcKubeception";
import type { Lab, UserCluster } from "../lab";
import { waitFor, waitUntil } from "../waiting";
import type { Etcdctl } from "./keyDump";
import type { Replicas } from "./replicas";

const { etcd, apiServer } = gdcKubeception;

const workloadList = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      metadata: z.object({ name: z.string() }),
      spec: z.object({ replicas: z.number() }),
      status: z.object({ readyReplicas: z.number().default(0) }),
    }),
  ),
});

const hashList = z.array(
  z.object({
    Endpoint: z.string(),
    HashKV: z.object({ hash: z.number(), header: z.object({ revision: z.number() }) }),
  }),
);

/** A member after a restore; numbers as decimal strings, since hashes and revisions are identities here. */
export interface MemberState {
  readonly name: string;
  /** etcd's hash over all keys at `revision`. */
  readonly hashKV: string;
  readonly revision: string;
}

/**
 * Each member's hash over all keys at one revision that all of them have.
 *
 * @param etcdctl asks all members. @param nameOf a member's name by its endpoint
 */
export async function hashesOf(
  etcdctl: Etcdctl,
  nameOf: (endpoint: string) => string,
): Promise<MemberState[]> {
  const status = JSON.parse(await etcdctl(["endpoint", "status", "-w", "json"])) as {
    Status: { header: { revision: number } };
  }[];
  const revision = String(Math.min(...status.map(({ Status }) => Status.header.revision)));
  const answer = await etcdctl(["endpoint", "hashkv", `--rev=${revision}`, "-w", "json"]);
  return hashList
    .parse(JSON.parse(answer))
    .map(({ Endpoint, HashKV }) => ({ name: nameOf(Endpoint), hashKV: String(HashKV.hash), revision }));
}

/** A user cluster's control plane as the admin cluster shows it, read and handled with kubectl alone. */
export class ControlPlane {
  readonly #lab: Lab;
  readonly #cluster: UserCluster;

  constructor(lab: Lab, cluster: UserCluster) {
    this.#lab = lab;
    this.#cluster = cluster;
  }

  /** etcdctl in the first member's Pod, by default asking that member. */
  readonly etcdctl: Etcdctl = (argv) => this.#etcdctl(["--endpoints=https://127.0.0.1:2379", ...argv]);

  /** Desired replicas of every workload of the namespace. */
  async replicas(): Promise<Replicas> {
    const { items } = await this.#workloads();
    return Object.fromEntries(
      items.map(({ kind, metadata, spec }) => [`${kind}/${metadata.name}`, spec.replicas]),
    );
  }

  /** Waits until every workload has all its replicas ready: also crashed controllers are back. */
  async awaitAllReady(timeoutSeconds = 240): Promise<void> {
    const what = `every workload of ${this.#cluster.name} to be ready`;
    const remedy = `Look: kubectl --namespace ${this.#cluster.name} get pods`;
    await waitUntil({ what, timeoutSeconds, remedy, intervalMilliseconds: 500 }, async () => {
      const { items } = await this.#workloads();
      return items.every(({ spec, status }) => status.readyReplicas === spec.replicas);
    });
  }

  /** What a person has written of the PodDisruptionBudget, as text; undefined when there is none. */
  async pdb(): Promise<string | undefined> {
    const text = await this.#kubectl([
      "get",
      "pdb",
      apiServer.podDisruptionBudget,
      "--ignore-not-found",
      "-o",
      "json",
    ]);
    if (text === "") return undefined;
    const { metadata, spec } = JSON.parse(text) as {
      metadata: { name: string; labels?: object; annotations?: object };
      spec: object;
    };
    const { name, labels = {}, annotations = {} } = metadata;
    return JSON.stringify({ name, labels, annotations, spec });
  }

  /** Each member's hash over all keys at one revision that all of them have. */
  async members(): Promise<MemberState[]> {
    const names = Array.from({ length: this.#cluster.members }, (_, n) => `${etcd.statefulSet}-${n}`);
    const endpoints = names.map((name) => `https://${name}.${etcd.service}:${etcd.clientPort}`).join(",");
    const nameOf = (endpoint: string) => new URL(endpoint).hostname.split(".")[0] ?? "";
    return waitFor({ what: "all members to say their hash", timeoutSeconds: 30 }, async () =>
      hashesOf((argv) => this.#etcdctl([`--endpoints=${endpoints}`, ...argv]), nameOf),
    );
  }

  /** The plain way to restart the same Pods: both StatefulSets to 0, wait until the Pods are gone, both back. */
  async restartPlainly(): Promise<void> {
    const before = await this.replicas();
    const sets = [apiServer.statefulSet, etcd.statefulSet].map((name) => `StatefulSet/${name}`);
    const selectors = await Promise.all(sets.map((set) => this.#selector(set)));
    await Promise.all(sets.map((set) => this.#kubectl(["scale", set, "--replicas=0"])));
    await Promise.all(
      selectors.map((selector) =>
        this.#kubectl(["wait", "--for=delete", "pods", "--selector", selector, "--timeout=180s"]),
      ),
    );
    await Promise.all(sets.map((set) => this.#kubectl(["scale", set, `--replicas=${before[set] ?? 0}`])));
  }

  async #selector(workload: string): Promise<string> {
    return this.#kubectl(["get", workload, "--subresource=scale", "-o", "jsonpath={.status.selector}"]);
  }

  async #workloads(): Promise<z.infer<typeof workloadList>> {
    return workloadList.parse(
      JSON.parse(await this.#kubectl(["get", "statefulsets,deployments", "-o", "json"])),
    );
  }

  #etcdctl(argv: readonly string[]): Promise<string> {
    const member = `${etcd.statefulSet}-0`;
    const tls = [`--cacert=${etcd.ca}`, `--cert=${etcd.certificate}`, `--key=${etcd.key}`];
    return this.#kubectl(["exec", member, "-c", etcd.container, "--", "etcdctl", ...tls, ...argv]);
  }

  async #kubectl(argv: readonly string[]): Promise<string> {
    const { stdout } = await this.#lab.kubectl(["--namespace", this.#cluster.name, ...argv], {
      timeout: 200_000,
      maxBuffer: 2 ** 30,
    });
    return stdout;
  }
}
