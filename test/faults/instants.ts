import type { FaultAction } from "../support/faults/faults";
import { randomFrom } from "./random";
import { type Recovery, recoveries } from "./recovery";

/** The instant at which a restore meets a fault, and the way out that is taken then. */
export interface Instant {
  /** How a person would say it. */
  readonly name: string;
  readonly action: FaultAction;
  /** Shell pattern of the request, "STEP: TEXT", and which of those that match, from 1. */
  readonly pattern: string;
  readonly count: number;
  readonly recovery: Recovery;
  /** Of `kill-late`: how long after the end of the run the request arrives. */
  readonly lateSeconds?: number;
  /** Of `power`: which machine loses it, counted from 0 and beyond the last one again. */
  readonly power?: number;
}

/** Number of requests of each step of a restore, in the order in which the steps came first. */
export function requestsByStep(requests: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const request of requests) {
    const step = request.slice(0, request.indexOf(":"));
    counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  return counts;
}

/** How many ways out are taken from each boundary: all three kinds, or one after the other in turn. */
export type Ways = "every" | "in-turn";

/**
 * Every boundary of every step, and its inside: before its first effect, after half of them, after its last one; and
 * while Pulumi makes the utility Pods, which no request of a step shows. The kinds of ways out are: going on, going
 * back, and either of them from the ledger alone.
 */
export function boundaries(requests: readonly string[], ways: Ways): Instant[] {
  return [...requestsByStep(requests)].flatMap(instantsOf).flatMap((instant, n) => {
    const kinds: Recovery[] = ["up", "destroy", n % 2 === 0 ? "resume" : "undo"];
    const taken = ways === "every" ? kinds : kinds.slice(n % 3, (n % 3) + 1);
    return taken.map((recovery) => ({ ...instant, recovery }));
  });
}

function instantsOf([step, count]: readonly [string, number]): Omit<Instant, "recovery">[] {
  const pattern = `${step}: *`;
  const half = Math.floor(count / 2);
  return [
    { name: `killed before ${step}`, action: "kill", pattern, count: 1 },
    ...(half === 0
      ? []
      : [{ name: `killed inside ${step}`, action: "kill-after", pattern, count: half } as const]),
    { name: `killed after ${step}`, action: "kill-after", pattern, count },
    ...(step === "preflight"
      ? [{ name: "killed while utility Pods are made", action: "kill-soon", pattern, count } as const]
      : []),
  ];
}

/** What a random request may meet, as a person would say it. */
const everywhere: readonly (readonly [FaultAction, string])[] = [
  ["kill", "killed before"],
  ["kill-after", "killed after"],
  ["kill-hung", "hung, then killed, at"],
  ["kill-late", "killed before the late"],
  ["refuse", "refused"],
  ["reset-after", "cut off after"],
];
const onMachines: typeof everywhere = [...everywhere, ["power", "a machine without power at"]];

/** The longest time by which a request is late: the whole way out may be over by then. */
const latestSeconds = 30;

/**
 * Seeded random instants, at any request, each with a random fault and a random way out.
 *
 * @param machines whether members live on machines, which can lose their power
 */
export function randomInstants(
  requests: readonly string[],
  count: number,
  seed: number,
  machines = false,
): Instant[] {
  const randomFaults = machines ? onMachines : everywhere;
  const random = randomFrom(seed);
  const below = (end: number) => Math.floor(random() * end);
  return Array.from({ length: count }, () => {
    const request = 1 + below(requests.length);
    const [action, name] = randomFaults[below(randomFaults.length)] ?? ["kill", "killed before"];
    const recovery = recoveries[below(recoveries.length)] ?? "up";
    const lateSeconds = below(latestSeconds + 1);
    const late = action === "kill-late" ? { lateSeconds } : {};
    const power = action === "power" ? { power: lateSeconds } : {};
    const instant = { name: `${name} request ${request}`, action, pattern: "*", count: request, recovery };
    return { ...instant, ...late, ...power };
  });
}
