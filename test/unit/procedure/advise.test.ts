import { describe, expect, it } from "vitest";
import { acts } from "../../../components/procedure/acts";
import { operations } from "../../../components/procedure/arguments";
import { phasesOf } from "../../../components/procedure/phases";
import { advise } from "../../../components/procedure/preview";
import { refused } from "../../../components/procedure/refusal";
import { FakeSubstrate, fakeContext, fakeRecord, fakeRequest } from "../../support/fakeSubstrate";
import { FakeRepair } from "../../support/fakes/repair";

const codes = async (substrate: FakeSubstrate, request = fakeRequest()) =>
  (await advise(fakeContext(substrate, { request }))).refusals.map(({ code }) => code);

describe("advice in preview", () => {
  it("says every reason at once, and changes nothing", async () => {
    const substrate = new FakeSubstrate();
    substrate.judgement = { refusals: [refused("no-space", "x")], notes: ["a note"], places: {} };
    const { notes, refusals } = await advise(fakeContext(substrate));
    expect(refusals.map(({ code }) => code)).toEqual(["no-space", "quorum-alive"]);
    expect(notes).toContain("a note");
    expect(substrate.calls.of(/write|archive|stop|start|remove|restore|send/)).toEqual([]);
  });

  it("never fails: what could not be asked is a note", async () => {
    const substrate = new FakeSubstrate();
    substrate.calls.before(/^judge/, () => {
      throw new Error("connection refused");
    });
    expect(await advise(fakeContext(substrate))).toEqual({
      refusals: [],
      notes: ["could not ask what preflight will ask: connection refused"],
    });
  });

  it("says of its own restore how far it is, and no more", async () => {
    const substrate = new FakeSubstrate();
    substrate.setRecord(fakeRecord(substrate, { phase: "finished" }));
    const { notes, refusals } = await advise(fakeContext(substrate));
    expect(refusals).toEqual([]);
    expect(notes).toEqual([expect.stringMatching(/^restore r1 is finished on this cluster/)]);
    substrate.setRecord(fakeRecord(substrate, { phase: "swapped" }));
    expect(await codes(substrate)).toEqual([]);
  });

  it("defect 1: another snapshot under the id of a finished restore is refused before anybody says yes", async () => {
    const substrate = new FakeSubstrate();
    substrate.setRecord(fakeRecord(substrate, { phase: "finished", snapshot: "b".repeat(64) }));
    expect(await codes(substrate)).toEqual(["snapshot-changed"]);
  });

  it.each(["swapped", "finished"] as const)(
    "another member under the id of a repair that is %s, too",
    async (phase) => {
      const substrate = new FakeSubstrate();
      substrate.repair = new FakeRepair(substrate.calls);
      substrate.setRecord(fakeRecord(substrate, { kind: "repair", phase, member: "kube-etcd-1" }));
      const asked = async (repair: string) => {
        const context = fakeContext(substrate, { operation: "repair", request: { repair } });
        return (await advise(context)).refusals.map(({ code }) => code);
      };
      expect(await asked("kube-etcd-1")).toEqual([]);
      expect(await asked("kube-etcd-2")).toEqual(["repair-changed"]);
    },
  );

  it("says it of a repair, too", async () => {
    const substrate = new FakeSubstrate();
    const context = fakeContext(substrate, { operation: "repair", request: { repair: "kube-etcd-9" } });
    expect((await advise(context)).refusals.map(({ code }) => code)).toEqual(["repair-unknown"]);
  });
});

it("every row of the table of phases that is a step has its act, and no act is without a row", () => {
  const rows = operations
    .flatMap((operation) => phasesOf[operation])
    .filter(({ resource }) => resource !== true);
  expect(Object.keys(acts).sort()).toEqual([...new Set([...rows.map(({ act }) => act), "undo"])].sort());
});
