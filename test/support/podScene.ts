import { membersOf } from "../../components/hosted/hostedCluster";
import type { HostedContext } from "../../components/hosted/hostedContext";
import { ledgerConfigMap } from "../../components/hosted/ledgerConfigMap";
import { type Streams, utilityPods } from "../../components/hosted/utilityPods";
import type { Timings } from "../../components/hosted/volumes/timings";
import type { Volumes } from "../../components/procedure/substrate";
import { gdcKubeception } from "../../components/profiles/gdcKubeception";
import { FakeApi } from "./fakeApi";

export const PODS = "/api/v1/namespaces/uc1/pods";
const STATEFULSETS = "/apis/apps/v1/namespaces/uc1/statefulsets";
export const CONFIGMAPS = "/api/v1/namespaces/uc1/configmaps";
export const POLICIES = "/apis/networking.k8s.io/v1/namespaces/uc1/networkpolicies";
const EVENTS = "/api/v1/namespaces/uc1/events";

/** What a utility Pod has in common with the others. */
const shared = {
  tolerations: [{ key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" }],
  container: {
    image: "registry/etcd:1",
    resources: { limits: { memory: "4Gi" } },
    securityContext: { runAsUser: 0, capabilities: { drop: ["ALL"], add: ["CHOWN"] } },
    env: [{ name: "DATA_DIRECTORY", value: "/var/lib/etcd" }],
  },
  scripts: { name: "scripts", configMap: { name: "scripts-1" } },
};

/** A hosted cluster's namespace in memory, with utility Pods of restore r1 as a test puts them there. */
export class PodScene {
  readonly api = new FakeApi();
  readonly said: string[] = [];
  /** Short, so that what waits in vain ends soon. */
  readonly times: Timings = {
    start: 1.2,
    trouble: 0.6,
    revive: 1,
    node: 0.3,
    script: 10,
    quick: 10,
    end: 0.3,
    stall: 5,
    release: 0.4,
    leftOvers: 0.4,
    pollMs: 10,
  };
  /** What the ledger keeps of the Pods. */
  readonly reach = {
    utility: JSON.stringify({
      apiVersion: "v1",
      kind: "Pod",
      spec: { tolerations: shared.tolerations, containers: [shared.container], volumes: [shared.scripts] },
    }),
    nodes: "kube-etcd-0=node-0 kube-etcd-1=node-1 kube-etcd-2=node-2",
  };
  private made = 0;

  get context(): HostedContext {
    const names = { members: 3, profile: gdcKubeception };
    return {
      client: this.api,
      namespace: "uc1",
      names,
      members: membersOf(names),
      id: "r1",
      operation: "restore",
      request: { utilityImage: "registry/etcd:1" },
      access: { kind: "hosted", namespace: "uc1", adminKubeconfig: "/kube/admin", adminContext: "prod" },
      userAgent: "test",
      ledger: ledgerConfigMap(this.api, "uc1"),
      say: (line) => void this.said.push(line),
    };
  }

  volumes(streams?: Streams): Volumes {
    return utilityPods(this.context, this.times, streams);
  }

  /** A utility Pod of a member. @returns its name */
  utility(
    member: string,
    status: object = { phase: "Running" },
    metadata: { labels?: object; [field: string]: unknown } = {},
    nodeName?: string,
  ): string {
    const name = `utility-${this.made++}`;
    this.api.put(PODS, {
      metadata: {
        ...metadata,
        name,
        creationTimestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, this.made)).toISOString(),
        labels: {
          "app.kubernetes.io/managed-by": "etcd-recovery",
          "etcd-recovery/restore": "r1",
          "etcd-recovery/member": member,
          ...metadata.labels,
        },
      },
      spec: {
        nodeName,
        tolerations: shared.tolerations,
        containers: [
          { name: "etcd-utility", ...shared.container, terminationMessagePath: "/dev/termination-log" },
        ],
        volumes: [
          { name: "data", persistentVolumeClaim: { claimName: `data-${member}` } },
          { ...shared.scripts, configMap: { ...shared.scripts.configMap, defaultMode: 365 } },
        ],
      },
      status,
    });
    return name;
  }

  /** A Pod's state becomes this. */
  change(pod: string, status: object): void {
    this.api.touch(`${PODS}/${pod}`, (object) => {
      object.status = status;
    });
  }

  /** A Pod has ended by itself, with this as its last word. */
  ended(pod: string, message: string): void {
    const terminated = { exitCode: 0, message: `${message}\n` };
    const containerStatuses = [{ name: "etcd-utility", state: { terminated } }];
    this.change(pod, { phase: "Succeeded", containerStatuses });
  }

  /** Pods that are made from now on run at once. */
  revivedRun(): void {
    this.api.after.push(({ method, path }, api) => {
      if (method !== "POST" || path !== PODS) return;
      for (const [at, pod] of api.objects) {
        if (at.startsWith(`${PODS}/`) && pod.status === undefined)
          pod.status = { phase: "Running", startTime: "now" };
      }
    });
  }

  /** The ledger as r1 has opened it. */
  openLedger(phase: string, fields: Record<string, string> = {}): void {
    const data = { format: "2", id: "r1", kind: "restore", phase, names: "{}", ...this.reach, ...fields };
    this.api.put(CONFIGMAPS, { metadata: { name: "etcd-recovery" }, data });
  }

  /** etcd's StatefulSet. */
  etcdSet(replicas: number): void {
    const selector = { matchLabels: { app: "kube-etcd" } };
    this.api.put(STATEFULSETS, { metadata: { name: "kube-etcd" }, spec: { replicas, selector } });
  }

  /** A member's own Pod. */
  etcdPod(member: string, nodeName: string): void {
    const metadata = { name: member, labels: { app: "kube-etcd" } };
    this.api.put(PODS, { metadata, spec: { nodeName }, status: { phase: "Running" } });
  }

  event(object: string, reason: string, message: string): void {
    this.api.put(EVENTS, {
      metadata: { name: `e${this.made++}` },
      involvedObject: { name: object },
      reason,
      message,
    });
  }
}
