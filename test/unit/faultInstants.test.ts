import { describe, expect, it } from "vitest";
import { boundaries, randomInstants, requestsByStep } from "../faults/instants";

const requests = [
  "preflight: GET pods",
  "preflight: GET secrets/etcd",
  "transfer: GET pods/u0",
  "kubectl: exec u0 -c utility -- cat",
  "transfer: GET pods/u1",
  "kubectl: exec u1 -c utility -- cat",
  "swap: exec u0 -c utility -- /etcd-recovery/swap.sh",
];

describe("the instants of a restore", () => {
  it("belong to steps, kubectl being one", () => {
    const counts = { preflight: 2, transfer: 2, kubectl: 2, swap: 1 };
    expect(Object.fromEntries(requestsByStep(requests))).toEqual(counts);
  });

  it("are before, inside and after each step, each with one way out in turn or with all three", () => {
    const taken = boundaries(requests, "in-turn");
    expect(taken.map(({ name, action, count }) => `${name}: ${action} ${count}`)).toEqual([
      "killed before preflight: kill 1",
      "killed inside preflight: kill-after 1",
      "killed after preflight: kill-after 2",
      "killed while utility Pods are made: kill-soon 2",
      "killed before transfer: kill 1",
      "killed inside transfer: kill-after 1",
      "killed after transfer: kill-after 2",
      "killed before kubectl: kill 1",
      "killed inside kubectl: kill-after 1",
      "killed after kubectl: kill-after 2",
      "killed before swap: kill 1",
      "killed after swap: kill-after 1",
    ]);
    expect(new Set(taken.map(({ recovery }) => recovery))).toEqual(
      new Set(["up", "destroy", "resume", "undo"]),
    );
    expect(boundaries(requests, "every")).toHaveLength(3 * taken.length);
  });

  it("at random are the same for the same seed, take every fault, and only late ones have a delay", () => {
    const instants = randomInstants(requests, 200, 1);
    expect(randomInstants(requests, 200, 1)).toEqual(instants);
    expect(randomInstants(requests, 200, 2)).not.toEqual(instants);
    const actions = new Set(instants.map(({ action }) => action));
    expect([...actions].sort()).toEqual(
      ["kill", "kill-after", "kill-hung", "kill-late", "refuse", "reset-after"].sort(),
    );
    for (const { action, count, lateSeconds } of instants) {
      expect(count).toBeGreaterThanOrEqual(1);
      expect(count).toBeLessThanOrEqual(requests.length);
      expect(lateSeconds !== undefined).toBe(action === "kill-late");
    }
    const onMachines = randomInstants(requests, 200, 1, true);
    expect(onMachines.some(({ action, power }) => action === "power" && power !== undefined)).toBe(true);
  });
});
