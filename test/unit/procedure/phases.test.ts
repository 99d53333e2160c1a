import { describe, expect, it } from "vitest";
import { timings } from "../../../components/hosted/volumes/timings";
import { backAfterCommit, whatHappened } from "../../../components/procedure/acts/goBack/happened";
import { operations } from "../../../components/procedure/arguments";
import { type LedgerRecord, ledgerPhases } from "../../../components/procedure/ledgerRecord";
import { phasesOf, predecessors, stepsAfterGuard } from "../../../components/procedure/phases";

describe.each(operations)("the table of a %s", (operation) => {
  const rows = phasesOf[operation];
  const names = rows.map(({ act }) => act);

  it("has every act once", () => {
    expect(new Set(names).size).toBe(names.length);
  });

  it("names as predecessors only acts above, and leaves none without a successor but the last", () => {
    for (const [n, row] of rows.entries()) {
      for (const name of predecessors(operation, row)) expect(names.slice(0, n), row.act).toContain(name);
    }
    const followed = new Set(rows.flatMap((row) => predecessors(operation, row)));
    expect(names.filter((name) => !followed.has(name))).toEqual(["release"]);
  });

  it("goes through the ledger's phases in their order", () => {
    const at = (phase: string) => ledgerPhases.indexOf(phase as (typeof ledgerPhases)[number]);
    let furthest = 0;
    for (const { act, from, to } of rows) {
      if (from === undefined) continue;
      const first = Math.min(...from.map(at));
      const last = to === undefined ? Math.max(...from.map(at)) : at(to);
      expect(first, act).toBeGreaterThanOrEqual(0);
      expect(last, act).toBeGreaterThanOrEqual(first);
      expect(last, act).toBeGreaterThanOrEqual(furthest);
      // What it begins at was written by a row above: no act waits for a phase that never comes.
      if (act !== "guard") expect(first, act).toBeLessThanOrEqual(furthest);
      furthest = last;
    }
    if (operation !== "finalize") expect(ledgerPhases[furthest]).toBe("finished");
  });

  it("has a longest time and a gate for every row", () => {
    for (const { act, minutes, gate } of rows) {
      expect(minutes, act).toBeGreaterThan(0);
      expect(gate, act).not.toBe("");
    }
  });

  it("has a longest time for what works on a volume that is longer than the waits inside", () => {
    const { script, revive } = timings({});
    const onVolumes = ["swap", "stage", "confirm", "locate-previous", "release", "guard", "remove-previous"];
    for (const { act, minutes } of rows.filter((row) => onVolumes.includes(row.act)))
      expect(minutes * 60, act).toBeGreaterThan(script + 3 * revive);
  });

  it("holds no object of the stack among the steps that run without it", () => {
    for (const step of stepsAfterGuard(operation)) expect(step.resource, step.act).not.toBe(true);
  });

  it("writes a phase or a mark before every effect after the guard, or needs one that was", () => {
    for (const { act, effect, from } of rows) {
      if (effect !== undefined) expect(from, act).toBeDefined();
    }
  });
});

/** A ledger that has gone through these phases and marks. */
const record = (...written: readonly string[]): LedgerRecord => ({
  ...{ format: 2, id: "r1", kind: "restore", phase: "undoing", holder: "me@here", names: "{}", reach: {} },
  times: Object.fromEntries(written.map((each) => [each, "2026-01-01T00:00:00Z"])),
});

const nothing = { staged: true, swapped: false, fenced: false, touched: [], back: [] };
const toQuiesced = ["open", "staged", "quiesced"];
const allBack = ["etcd", "apiServers", "maintenance", "budget", "controllers"];

describe.each(["restore", "rollback"] as const)("what may have happened in a %s", (operation) => {
  it.each([
    [["open"], nothing],
    [["open", "staged"], nothing],
    [
      toQuiesced,
      { ...nothing, touched: ["controllers", "maintenance"], back: ["maintenance", "budget", "controllers"] },
    ],
    [
      [...toQuiesced, "stopping"],
      { ...nothing, touched: ["controllers", "maintenance", "apiServers", "etcd"], back: allBack },
    ],
    [
      [...toQuiesced, "stopping", "swapped"],
      {
        ...{ staged: true, swapped: true, fenced: false, back: allBack },
        touched: ["controllers", "maintenance", "apiServers", "etcd"],
      },
    ],
    [
      [...toQuiesced, "stopping", "swapped", "started", "serving"],
      {
        ...{ staged: true, swapped: true, fenced: false, back: allBack },
        touched: ["controllers", "maintenance", "apiServers", "etcd"],
      },
    ],
    [
      [...toQuiesced, "stopping", "swapped", "started", "fencing"],
      {
        ...{ staged: true, swapped: true, fenced: true, back: allBack },
        touched: ["controllers", "maintenance", "apiServers", "etcd"],
      },
    ],
  ])("by %j", (written, happened) => {
    expect(whatHappened(operation, record(...written))).toEqual(happened);
  });

  it("is put back whole: what is stopped is started by a row below, or by the way back", () => {
    const rows = phasesOf[operation];
    const stopped = rows.flatMap(({ effect }) => (effect?.kind === "stop" ? [effect.part] : []));
    const started = rows.flatMap(({ effect }) => (effect?.kind === "start" ? [effect.part] : []));
    expect([...started].sort()).toEqual([...stopped].sort());
    const all = whatHappened(operation, record(...ledgerPhases, "stopping", "serving"));
    expect(all.back.filter((each) => each !== "budget").sort()).toEqual([...stopped].sort());
    expect(all).toMatchObject({ staged: true, swapped: true });
    expect(backAfterCommit(operation)).toEqual(["controllers", "maintenance", "budget"]);
  });
});
