import { type Refusal, refused } from "../../procedure/refusal";
import type { Probe } from "../workloads/kubeWorkload";
import { type ProbeNeed, patienceSeconds, probeNeed, probeNeedBeside } from "./probes";

/** What decides whether the members can start all at once from none. */
export interface ColdStartFacts {
  readonly namespace: string;
  readonly statefulSet: string;
  readonly members: number;
  /** The StatefulSet makes a member only when those before it are ready. */
  readonly orderedReady: boolean;
  /** Of etcd's own container. */
  readonly probes: {
    readonly startup?: Probe | undefined;
    readonly liveness?: Probe | undefined;
    readonly readiness?: Probe | undefined;
  };
  /** Containers that run beside it: the Pod is ready only when they are. Default: none. */
  readonly beside?: readonly {
    readonly name: string;
    readonly startupProbe?: Probe;
    readonly readinessProbe?: Probe;
  }[];
  /** The headless Service that gives members their names; undefined: it could not be looked at. */
  readonly service: { readonly name: string; readonly publishesNotReady: boolean } | undefined;
}

/** Until as many members as a quorum needs have started and found each other, with pulled images and attached volumes. */
const quorumSeconds = 60;

const otherProbe = "Use a probe that needs no quorum (/livez, or /health?serializable=true).";

/** Whether the members can start from none; a single one is its own quorum. */
export function judgeColdStart(facts: ColdStartFacts): Refusal | undefined {
  if (facts.members === 1) return undefined;
  return judgeOrder(facts) ?? judgePatience(facts) ?? judgeService(facts);
}

/** What a member's Pod waits for before it is ready, and what that needs. */
function gatesOf({ probes, beside = [] }: ColdStartFacts) {
  const own: readonly (readonly [string, Probe | undefined, string])[] = [
    ["readiness", probes.readiness, ""],
    ["startup", probes.startup, ""],
  ];
  const others = beside.flatMap(({ name, readinessProbe, startupProbe }) => [
    ["readiness", readinessProbe, name] as const,
    ["startup", startupProbe, name] as const,
  ]);
  return [...own, ...others].flatMap(([kind, probe, name]) => {
    if (probe === undefined) return [];
    const need: ProbeNeed = name === "" ? probeNeed(probe) : probeNeedBeside(probe);
    const what = name === "" ? `a ${kind} probe` : `a ${kind} probe of container ${name}`;
    // Of etcd's own a script is refused as well; of another's it is told.
    return [{ what, need, surely: need === "quorum" || (name === "" && need === "unknown") }];
  });
}

function judgeOrder(facts: ColdStartFacts): Refusal | undefined {
  if (!facts.orderedReady) return undefined;
  const gate = gatesOf(facts).find(({ surely }) => surely);
  if (gate === undefined) return undefined;
  return refused(
    "cold-start-ordered",
    `StatefulSet ${facts.statefulSet}: OrderedReady with ${gate.what} that may need a quorum cannot start from 0 (member 0 waits for the others, which are never made)`,
    otherProbe,
  );
}

/** Under OrderedReady the members come one by one, and the first is killed before the quorum is there. */
function judgePatience(facts: ColdStartFacts): Refusal | undefined {
  const killer = killerOf(facts);
  if (!facts.orderedReady || killer === undefined) return undefined;
  return refused(
    "cold-start-killed",
    `StatefulSet ${facts.statefulSet}: ${killer}, and OrderedReady makes members one by one`,
    otherProbe,
  );
}

/** For a person: members that start together usually make it in less; what a script beside them asks nobody knows. */
export function noteColdStart(facts: ColdStartFacts): string | undefined {
  if (facts.members === 1) return undefined;
  if (facts.orderedReady) {
    const gate = gatesOf(facts).find(({ need, surely }) => need === "unknown" && !surely);
    if (gate === undefined) return undefined;
    return `StatefulSet ${facts.statefulSet}: OrderedReady with ${gate.what}: if that needs etcd's quorum, the members cannot start from 0`;
  }
  const killer = killerOf(facts);
  return killer === undefined
    ? undefined
    : `StatefulSet ${facts.statefulSet}: ${killer}: a slow start may need a second try`;
}

/** A startup probe holds the liveness probe back. */
function killerOf({ probes }: ColdStartFacts): string | undefined {
  const killers = [
    ["startup", probes.startup],
    ["liveness", probes.liveness],
  ] as const;
  for (const [name, probe] of killers) {
    if (probe === undefined || probeNeed(probe) !== "quorum") continue;
    const seconds = patienceSeconds(probe);
    return seconds < quorumSeconds
      ? `its ${name} probe needs a quorum and kills a member that waits for one after ${seconds} s`
      : undefined;
  }
  return undefined;
}

/** Peers that are not ready have no address then, and without each other's address none becomes ready. */
function judgeService(facts: ColdStartFacts): Refusal | undefined {
  const { namespace, statefulSet, service } = facts;
  const waits = gatesOf(facts).some(({ need }) => need === "quorum");
  if (!waits || service === undefined || service.publishesNotReady) return undefined;
  return refused(
    "cold-start-addresses",
    `Service ${service.name}: it publishes no address of a member that is not ready, and the members of StatefulSet ${statefulSet} are ready only with a quorum: from 0 they cannot find each other`,
    `kubectl --namespace ${namespace} patch service ${service.name} --type=merge -p '{"spec":{"publishNotReadyAddresses":true}}'`,
  );
}
