import { title } from "../procedure/acts/foundParts";
import type { FoundWorkload, Part } from "../procedure/ledgerRecord";
import { errorOf, failed, type Refusal, refused } from "../procedure/refusal";
import type { Permit, Readiness, Still, Workloads } from "../procedure/substrate";
import { messageOf, pause, waitUntil } from "../procedure/waiting";
import { type LedgerDigests, underJudgedLedger } from "./judgedLedger";
import { answerOf, type NodesContext } from "./nodesContext";
import { type PodStatus, statusOf } from "./podStatus";
import { type PodsOfMachine, partOf, workloadNames } from "./podsOfMachine";
import { dropFences } from "./quarantine/leftFences";

/** Longest time in which an API server ends by itself: its grace is 30 s, of which one with open watches uses all. */
const API_SERVER_SECONDS = 50;
/**
 * Time that a server gets to end by itself. An API server: for what its clients have under way. etcd: beyond the 30 s after
 * which its kubelet kills it.
 */
const GRACE_SECONDS: Readonly<Record<Part, number>> = {
  apiServers: 1,
  controllers: 5,
  maintenance: 5,
  etcd: 35,
};
/** Restarts of a container from which on waiting longer is pointless. */
const MANY_RESTARTS = 3;

/** What parking needs beside the machines. */
export interface StaticWorkloadsContext extends NodesContext {
  readonly pods: readonly PodsOfMachine[];
  readonly ledger: LedgerDigests;
}

/**
 * The static Pods of the control plane. One is stopped when its manifest lies in root's own directory instead of the
 * kubelet's, where it stays through a reboot; it is gone when the container runtime knows no process of it and, of etcd,
 * nobody holds its database.
 */
export function staticWorkloads(context: StaticWorkloadsContext): Workloads {
  const statuses = () => Promise.all(context.pods.map((machine) => statusOf(context, machine)));
  /** Restarts of a container that it had before it was started here: those of an older cause. */
  const before = new Map<string, number>();
  const placeOf = ({ machine, file }: PodStatus) => `${machine}/${file}`;
  const ofWorkload = async ({ name }: Pick<FoundWorkload, "name">) =>
    (await statuses()).flatMap((pods) => pods.filter((pod) => pod.workload === name));

  const move = (script: "park" | "unpark" | "end", workload: string, permit: Permit): Promise<void> =>
    underJudgedLedger(context.ledger, permit, context.pods, async ({ machine, files }, digest) => {
      const pod = files.find((one) => one.workload === workload);
      if (pod === undefined) return;
      await answerOf(context, machine, script, pod.file, digest, pod.container);
    });

  /** An API server that is being stopped ends before its etcd does; one that is not stopped is not waited for. */
  async function awaitApiServers(): Promise<void> {
    for (const end = Date.now() + API_SERVER_SECONDS * 1000; Date.now() < end; await pause(0.2)) {
      const servers = (await statuses()).flat().filter(({ part }) => part === "apiServers");
      if (servers.every(({ instances, wanted }) => instances.length === 0 && !wanted)) return;
    }
  }

  return {
    most: context.pods.length,
    async find() {
      const pods = (await statuses()).flat();
      const found = workloadNames(context.pods).map((name): FoundWorkload => {
        const its = pods.filter((pod) => pod.workload === name);
        const there = its.filter(({ wanted, parked }) => wanted || parked);
        const ready = its.filter(isReady).length;
        const unelected = there.length > 0 && there.every((pod) => pod.unelected);
        const part = partOf(context.profile, name);
        return { name, part, replicas: there.length, ready, ...(unelected ? { unelected } : {}) };
      });
      const refusals = context.pods.flatMap((machine) => judgeManifests(context, machine, pods));
      const etcd = found.find(({ part }) => part === "etcd");
      const quorum = (etcd?.ready ?? 0) > context.members.length / 2;
      return { found: { workloads: found, others: [], quorum }, refusals, notes: [] };
    },
    async stop(workload, permit) {
      const { name, part } = workload;
      if (part === "etcd") await awaitApiServers();
      await move("park", name, permit);
      // What an API server still writes goes to the etcd that is put aside; with open watches it would use all of its
      // grace. So does a controller that gets no answer from one. And a kubelet that was started anew and has reached no
      // API server since ends nothing whose manifest goes (its deletePod waits until all sources have been heard); nor
      // does it start what is ended here.
      const isGone = async () =>
        (await ofWorkload(workload)).every(({ instances }) => instances.length === 0);
      const { done } = await waitUntil(isGone, { seconds: GRACE_SECONDS[part], every: 0.2 });
      if (!done) await move("end", name, permit);
    },
    async still(workloads) {
      const pods = (await statuses()).flat();
      return workloads.flatMap((workload) => stillOf(context, workload, pods));
    },
    async start(workload, permit) {
      for (const pod of await ofWorkload(workload)) before.set(placeOf(pod), pod.restarts);
      if (workload.part === "apiServers") await dropFences(context, permit);
      await move("unpark", workload.name, permit);
    },
    async readiness(workload): Promise<Readiness> {
      const pods = await ofWorkload(workload);
      return { ready: pods.filter(isReady).length, wanted: pods.filter(({ wanted }) => wanted).length };
    },
    crashing: async (workload) =>
      (await ofWorkload(workload)).some((pod) => {
        const former = before.get(placeOf(pod)) ?? 0;
        // Fewer: the kubelet has forgotten those of before.
        return (pod.restarts < former ? pod.restarts : pod.restarts - former) >= MANY_RESTARTS;
      }),
    // A manifest that comes back is looked at at once; what the kubelet's back-off leaves is a matter of seconds.
    renew: async () => undefined,
    async trouble(workload) {
      const lines = await Promise.all(
        context.pods.map(async ({ machine, files }) => {
          const pod = files.find((one) => one.workload === workload.name);
          if (pod === undefined) return [];
          // A machine without power must not hide what the others' logs say.
          const log = await answerOf(context, machine, "log", pod.container, "4096", "").catch(messageOf);
          const last = log
            .split("\n")
            .filter((line) => line !== "")
            .slice(-4);
          return [`${machine}: ${title(workload.name)}:`, ...last.map((line) => `    ${line.slice(0, 300)}`)];
        }),
      );
      return lines.flat();
    },
    async restart(name) {
      throw errorOf(
        failed("not-restarted", `${title(name)}: a static Pod is stopped and started, never restarted`),
      );
    },
  };
}

const isReady = ({ instances, unready, wanted }: PodStatus): boolean =>
  wanted && instances.length > 0 && !unready;

/** Every machine of a control plane has all of it. */
function judgeManifests(
  { profile }: Pick<NodesContext, "profile">,
  { machine, files }: PodsOfMachine,
  pods: readonly PodStatus[],
): readonly Refusal[] {
  return files.flatMap(({ file }) => {
    const pod = pods.find((one) => one.machine === machine && one.file === file);
    if (pod === undefined || pod.wanted || pod.parked) return [];
    return [
      refused(
        "manifest-absent",
        `machine ${machine}: ${profile.manifests}/${file} is gone since it was read`,
        "Put it back, or take this machine out of the configuration.",
      ),
    ];
  });
}

function stillOf(
  { profile }: Pick<NodesContext, "profile">,
  { name }: FoundWorkload,
  pods: readonly PodStatus[],
): readonly Still[] {
  const its = pods.filter(
    ({ workload, wanted, instances }) => workload === name && (wanted || instances.length > 0),
  );
  if (its.length === 0) return [];
  const wanting = its.filter(({ wanted }) => wanted);
  return [
    {
      workload: name,
      wanted: wanting.length,
      instances: its.flatMap(({ machine, instances }) => instances.map((one) => `${machine}: ${one}`)),
      by: wanting
        .map(({ machine, file }) => `${profile.manifests}/${file} is on machine ${machine}`)
        .join(", "),
      events: [],
    },
  ];
}
