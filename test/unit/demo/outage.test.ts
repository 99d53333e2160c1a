import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { outageOf, type Probe } from "../../../lab/demo/outage";

const probe = (sentAt: number, endedAt: number, answered = true): Probe => ({ sentAt, endedAt, answered });

describe("outageOf", () => {
  it("counts from the last answer before to the first answer after", () => {
    const outage = outageOf([
      probe(0, 10),
      probe(50, 60),
      probe(100, 101, false),
      probe(150, 1_150, false),
      probe(200, 215),
    ]);
    expect(outage).toMatchObject({ probes: 5, answered: 3, from: 60, to: 215, outageMs: 155 });
  });

  it("takes the order of the answers, not that of the requests: a slow answer closes a gap late", () => {
    const outage = outageOf([probe(0, 10), probe(50, 900), probe(100, 110), probe(150, 905)]);
    expect(outage).toMatchObject({ from: 110, to: 900, outageMs: 790 });
  });

  it("counts failures before and after the outage apart", () => {
    const outage = outageOf([
      probe(0, 10),
      probe(50, 51, false),
      probe(100, 110),
      probe(150, 151, false),
      probe(1_000, 1_010),
      probe(1_050, 1_051, false),
      probe(1_100, 1_110),
    ]);
    expect(outage).toMatchObject({ from: 110, to: 1_010, failedOutside: 2 });
  });

  it("says how long the prober itself was blind", () => {
    expect(outageOf([probe(0, 10), probe(50, 60), probe(850, 860), probe(900, 910)]).blindMs).toBe(800);
  });

  it("refuses a series without two answers", () => {
    expect(() => outageOf([probe(0, 10), probe(50, 51, false)])).toThrow("1 of 2 probes were answered");
    expect(() => outageOf([])).toThrow("0 of 0 probes");
  });

  it("does not depend on the order of the series, and no answer lies inside the outage", () => {
    const times = fc.record({
      sentAt: fc.integer({ min: 0, max: 10_000 }),
      took: fc.integer({ min: 1, max: 1_000 }),
      answered: fc.boolean(),
    });
    const series = fc
      .array(times, { maxLength: 60 })
      .map((all) => all.map(({ sentAt, took, answered }) => probe(sentAt, sentAt + took, answered)))
      .map((all) => [...all, probe(0, 1), probe(20_000, 20_001)]);
    fc.assert(
      fc.property(series, (probes) => {
        const outage = outageOf(probes);
        expect(outageOf(probes.toReversed())).toEqual(outage);
        const inside = probes.filter((p) => p.answered && p.endedAt > outage.from && p.endedAt < outage.to);
        expect(inside).toEqual([]);
      }),
    );
  });
});
