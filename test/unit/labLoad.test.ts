import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { namespacedKinds } from "../../lab/load/kinds";
import { type LoadPlan, planLoad, smallestLoad } from "../../lab/load/loadPlan";
import { Random } from "../../lab/load/random";

const all = (plan: LoadPlan) => [...plan.foundation, ...plan.rest];

describe("a load", () => {
  test("has exactly as many objects as were asked for, each with a place of its own", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: smallestLoad, max: 1500 }),
        fc.integer({ min: 1, max: 2 ** 31 }),
        (objects, seed) => {
          const plan = planLoad(objects, seed);
          const places = all(plan).map((planned) => `${planned.path}/${planned.object.metadata.name}`);
          expect(places).toHaveLength(objects);
          expect(new Set(places).size).toBe(objects);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("is the same for the same seed, and another for another", () => {
    expect(planLoad(200, 7)).toEqual(planLoad(200, 7));
    expect(planLoad(200, 7)).not.toEqual(planLoad(200, 8));
  });

  test("of 100 objects has every kind", () => {
    const kinds = new Set(all(planLoad(100, 1)).map((planned) => planned.object.kind));
    for (const kind of namespacedKinds) {
      expect(kinds).toContain(kind.kind);
    }
    expect(kinds.size).toBe(namespacedKinds.length + 6);
  });

  test("writes below namespaces only where the foundation makes them", () => {
    const plan = planLoad(300, 3);
    const namespaces = plan.foundation.filter((planned) => planned.object.kind === "Namespace");
    const names = namespaces.map((planned) => planned.object.metadata.name);
    for (const planned of plan.rest) {
      expect(names).toContain(planned.object.metadata.namespace);
      expect(planned.path).toContain(`/namespaces/${planned.object.metadata.namespace}/`);
    }
  });

  test("asks for at most two replicas: it is about objects, not about Pods", () => {
    const replicas = all(planLoad(1000, 1)).map(
      (planned) => (planned.object.spec as { replicas?: number })?.replicas ?? 0,
    );
    expect(Math.max(...replicas)).toBeLessThanOrEqual(2);
  });

  test("gives no Deployment a deadline, by which its status would change while nobody does anything", () => {
    const deployments = all(planLoad(200, 1)).filter(({ object }) => object.kind === "Deployment");
    expect(deployments.length).toBeGreaterThan(0);
    for (const { object } of deployments)
      expect(object.spec).toMatchObject({ progressDeadlineSeconds: 2 ** 31 - 1 });
  });
});

test("random numbers stay in their range and repeat", () => {
  const [one, two] = [new Random(5), new Random(5)];
  for (let index = 0; index < 1000; index++) {
    const value = one.below(10);
    expect(value).toBe(two.below(10));
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThan(10);
  }
});
