import type { FaultAction } from "../support/faults";
import { randomFrom } from "./random";
import { type Recovery, recoveries } from "./recovery";

/** The instant at which a restore is killed, and the way out that is taken then. */
export interface Instant {
  /** How a person would say it. */
  readonly name: string;
  readonly action: FaultAction;
  /** Shell pattern of the call of kubectl, "STEP: ARGUMENTS", and which of those that match, from 1. */
  readonly pattern: string;
  readonly count: number;
  readonly recovery: Recovery;
}

/** Number of calls of each step of a restore, in the order in which the steps came first. */
export function callsByStep(calls: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const call of calls) {
    const step = call.slice(0, call.indexOf(":"));
    counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  return counts;
}

/** How many ways out are taken from each boundary: all three kinds, or one after the other in turn. */
export type Ways = "every" | "in-turn";

/**
 * Every boundary of every step, and its inside: before its first effect, after half of them, after its last one; and
 * while Pulumi makes the utility Pods, which no call of kubectl shows. The kinds of ways out are: going on, going back,
 * and either of them from the ledger alone.
 */
export function boundaries(calls: readonly string[], ways: Ways): Instant[] {
  return [...callsByStep(calls)].flatMap(instantsOf).flatMap((instant, n) => {
    const kinds: Recovery[] = ["up", "destroy", n % 2 === 0 ? "resume" : "undo"];
    const taken = ways === "every" ? kinds : kinds.slice(n % 3, (n % 3) + 1);
    return taken.map((recovery) => ({ ...instant, recovery }));
  });
}

function instantsOf([step, count]: readonly [string, number]): Omit<Instant, "recovery">[] {
  const pattern = `${step}: *`;
  const half = Math.floor(count / 2);
  return [
    { name: `before ${step}`, action: "kill", pattern, count: 1 },
    ...(half === 0 ? [] : [{ name: `inside ${step}`, action: "kill-after", pattern, count: half } as const]),
    { name: `after ${step}`, action: "kill-after", pattern, count },
    ...(step === "preflight"
      ? [{ name: "while utility Pods are made", action: "kill-soon", pattern, count } as const]
      : []),
  ];
}

/** Seeded random instants, before or after any call, each with a random way out. */
export function randomInstants(calls: readonly string[], count: number, seed: number): Instant[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => {
    const call = 1 + Math.floor(random() * calls.length);
    const after = random() < 0.5;
    return {
      name: `${after ? "after" : "before"} call ${call}`,
      action: after ? "kill-after" : "kill",
      pattern: "*",
      count: call,
      recovery: recoveries[Math.floor(random() * recoveries.length)] ?? "up",
    };
  });
}
