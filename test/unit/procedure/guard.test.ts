import { describe, expect, it } from "vitest";
import { guard } from "../../../components/procedure/acts/guard";
import { undo } from "../../../components/procedure/acts/undo";
import { ledgerFields } from "../../../components/procedure/ledgerFormat";
import type { LedgerPhase, LedgerRecord } from "../../../components/procedure/ledgerRecord";
import { errorOf, refused } from "../../../components/procedure/refusal";
import {
  type FakeContext,
  FakeSubstrate,
  fakeContext,
  fakeRecord,
  fakeRequest,
  perform,
} from "../../support/fakeSubstrate";

const run = (context: FakeContext) => perform("guard", guard, context);
const outcome = (context: FakeContext): Promise<string> =>
  run(context).then(
    () => "taken",
    (cause: { refusal?: { code: string }; message: string }) => cause.refusal?.code ?? cause.message,
  );
const finished = (substrate: FakeSubstrate, changes: Partial<LedgerRecord> = {}) =>
  fakeRecord(substrate, { id: "r0", phase: "finished", ...changes });

describe("the guard", () => {
  it("opens the ledger, with all that undo and a later run need", async () => {
    const substrate = new FakeSubstrate();
    const request = fakeRequest({ reason: "wrong\ndata", overrides: "allowVersion=3.7.0" });
    const context = fakeContext(substrate, { request });
    const result = await run(context);
    const { record } = substrate;
    expect(record).toMatchObject({
      ...{ id: "r1", kind: "restore", phase: "open", reason: "wrong data", overrides: "allowVersion=3.7.0" },
      ...{ names: substrate.names, reach: substrate.volumes.reach, holder: expect.stringMatching(/.@./) },
    });
    expect(record.snapshot).toBeUndefined();
    expect(result).toEqual({ opened: record.times.open });
  });

  it("run again, changes nothing and says the same", async () => {
    const substrate = new FakeSubstrate();
    const first = await run(fakeContext(substrate));
    const fields = substrate.ledger.fields;
    substrate.volumes.unreachable.set("kube-etcd-0", new Error("gone"));
    expect(await run(fakeContext(substrate))).toEqual(first);
    expect(substrate.ledger.fields).toEqual(fields);
  });

  // Pulumi knows nothing of it then: it runs it again, and `destroy` does not.
  it.each([
    [1, 1],
    [1, 3],
    [3, 3],
  ])(
    "killed when %i of %i copies were written: goes on, or is undone by its ledger alone",
    async (n, copies) => {
      const substrate = new FakeSubstrate({ copies });
      await run(fakeContext(substrate));
      for (const copy of substrate.ledger.copies.slice(n)) copy.fields = undefined;
      const opened = substrate.record.times.open;
      expect(await outcome(fakeContext(substrate, { id: "r2" }))).toBe("held");
      expect(await run(fakeContext(substrate))).toEqual({ opened });
      await undo(fakeContext(substrate));
      expect(substrate.ledger.copies.map(({ fields }) => fields?.phase)).toEqual(
        Array(copies).fill("undone"),
      );
      expect(substrate.calls.of(/^workloads\.(stop|start)/)).toEqual([]);
      expect(await outcome(fakeContext(substrate))).toBe("taken");
    },
  );

  it("takes no lock before every volume can be worked on", async () => {
    const substrate = new FakeSubstrate();
    const refusal = errorOf(refused("no-shell", "utilityImage: x has no shell"));
    substrate.volumes.unreachable.set("kube-etcd-2", refusal);
    expect(await outcome(fakeContext(substrate))).toBe("no-shell");
    expect(substrate.calls.of(/^volumes.await/)).toHaveLength(3);
    expect(substrate.calls.of(/^ledger.write/)).toEqual([]);
  });

  it.each<[string, (substrate: FakeSubstrate) => void, string]>([
    [
      "a volume that was used under this id",
      (s) => s.volumes.volume("kube-etcd-1").marks.add("over"),
      "id-used",
    ],
    [
      "row 36: a volume without space",
      (s) => {
        s.volumes.volume("kube-etcd-1").available = 1000;
      },
      "volume-full",
    ],
    [
      "an image without a tool",
      (s) => {
        s.volumes.volume("kube-etcd-1").tool = "none";
      },
      "tool-absent",
    ],
  ])("refuses before it locks: %s", async (_, arrange, code) => {
    const substrate = new FakeSubstrate();
    arrange(substrate);
    expect(await outcome(fakeContext(substrate))).toBe(code);
    expect(substrate.calls.of(/^ledger.write/)).toEqual([]);
  });

  it("an image without a tool is met by a given one", async () => {
    const substrate = new FakeSubstrate();
    substrate.volumes.volume("kube-etcd-1").tool = "none";
    const request = fakeRequest({ etcdutl: { path: "/e", sizeBytes: 1, sha256: "f".repeat(64) } });
    expect(await outcome(fakeContext(substrate, { request }))).toBe("taken");
  });

  it("asks nothing of the volumes while another holds the lock", async () => {
    const substrate = new FakeSubstrate();
    substrate.setRecord(fakeRecord(substrate, { id: "r0", phase: "swapped" }));
    await expect(run(fakeContext(substrate))).rejects.toThrow(
      /^namespace uc1: restore r0 of this cluster is under way since .* it is swapped, started by me@here\)\. Finish it/,
    );
    expect(substrate.calls.of(/volumes|write/)).toEqual([]);
  });

  it.each<[LedgerPhase, Record<string, string>, string]>([
    ["undone", {}, "taken"],
    ["undone", { quiesced: "2026-01-01T00:00:00Z" }, "id-used"],
    ["finished", {}, "id-used"],
    ["committed", {}, "id-used"],
    ["undoing", {}, "id-undoing"],
  ])("its own that is %s with %j: %s", async (phase, times, expected) => {
    const substrate = new FakeSubstrate();
    substrate.setRecord(fakeRecord(substrate, { phase, times: { open: "2026-01-01T00:00:00Z", ...times } }));
    expect(await outcome(fakeContext(substrate))).toBe(expected);
    if (expected !== "taken") return;
    expect(substrate.record.phase).toBe("open");
    expect(substrate.record.times.undone).toBeUndefined();
    expect(substrate.record.snapshot).toBeUndefined();
    expect(substrate.calls.of(/archive/)).toEqual([]);
  });
});

describe("defect 4: taking over a finished ledger is compare-and-swap against what was judged", () => {
  it("keeps it in the history", async () => {
    const substrate = new FakeSubstrate();
    substrate.setRecord(finished(substrate));
    const before = substrate.ledger.fields;
    await run(fakeContext(substrate));
    expect(substrate.ledger.history.get("r0")?.fields).toEqual(before);
    expect(substrate.record.id).toBe("r1");
  });

  it.each([1, 3])("of two at once, one gets it, and the other hears who (%i copies)", async (copies) => {
    const substrate = new FakeSubstrate({ copies });
    substrate.setRecord(finished(substrate));
    const contexts = ["ra", "rb"].map((id) => fakeContext(substrate, { id }));
    const outcomes = await Promise.all(contexts.map(outcome));
    expect([...outcomes].sort()).toEqual(["held", "taken"]);
    expect(substrate.record.id).toBe(outcomes[0] === "taken" ? "ra" : "rb");
    expect([...substrate.ledger.history.keys()]).toEqual(["r0"]);
  });

  it("of two at once without a ledger, too", async () => {
    const substrate = new FakeSubstrate();
    const outcomes = await Promise.all(["ra", "rb"].map((id) => outcome(fakeContext(substrate, { id }))));
    expect(outcomes.sort()).toEqual(["held", "taken"]);
  });

  it("another that comes between judgement and write is not written over", async () => {
    const substrate = new FakeSubstrate();
    substrate.setRecord(finished(substrate));
    substrate.calls.before(
      /^ledger.archive/,
      () => substrate.setRecord(fakeRecord(substrate, { id: "rx", phase: "open", holder: "you@there" })),
      1,
    );
    await expect(run(fakeContext(substrate))).rejects.toThrow(
      /restore rx .* started by you@there\)\. Finish it/,
    );
    expect(substrate.record.id).toBe("rx");
  });

  it("a write whose answer was lost is found out by reading", async () => {
    const substrate = new FakeSubstrate();
    const lost = () => {
      throw new Error("connection reset");
    };
    substrate.calls.after(/^ledger.write/, lost, 1);
    expect(await outcome(fakeContext(substrate))).toBe("taken");
    const second = new FakeSubstrate();
    second.calls.before(/^ledger.write/, lost, 1);
    expect(await outcome(fakeContext(second))).toBe("connection reset");
  });

  it("the same id that another run opened meanwhile is not gone on with", async () => {
    const substrate = new FakeSubstrate();
    substrate.setRecord(finished(substrate));
    const theirs = fakeRecord(substrate, { phase: "open", holder: "you@there" });
    substrate.calls.before(/^ledger.archive/, () => substrate.ledger.set(ledgerFields(theirs)), 1);
    await expect(run(fakeContext(substrate))).rejects.toThrow(/restore r1 .* started by you@there\)/);
  });
});
