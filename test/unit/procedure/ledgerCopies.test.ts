import { describe, expect, it } from "vitest";
import { Ledger } from "../../../components/procedure/ledger";
import { mergeCopies } from "../../../components/procedure/ledgerCopies";
import { ledgerFields } from "../../../components/procedure/ledgerFormat";
import type { LedgerRecord } from "../../../components/procedure/ledgerRecord";
import { type LedgerCopy, LedgerMoved } from "../../../components/procedure/ledgerStore";
import { Calls } from "../../support/fakes/calls";
import { FakeLedgerStore } from "../../support/fakes/ledgerStore";
import { advice, record } from "./ledgerScene";

describe("several copies of one ledger", () => {
  const at = "2026-01-01T00:00:00Z";
  const copy = (place: string, change: Partial<LedgerRecord> | undefined): LedgerCopy => ({
    place,
    fields: change === undefined ? undefined : ledgerFields(record(change)),
    version: "1",
  });

  it.each<[string, readonly LedgerCopy[], string | undefined, LedgerRecord["times"]?]>([
    ["none anywhere", [copy("a", undefined), copy("b", undefined)], undefined],
    [
      "the one that is furthest forward",
      [copy("a", { phase: "swapped" }), copy("b", { phase: "quiesced" })],
      "swapped",
    ],
    [
      "an undo that has begun anywhere",
      [copy("a", { phase: "swapped" }), copy("b", { phase: "undoing" })],
      "undoing",
    ],
    [
      "an undo that is done on one and not known on another, whose machine was away: it is not over",
      [copy("a", { phase: "undone" }), copy("b", { phase: "swapped" })],
      "undoing",
    ],
    [
      "the lock that was written to one only, over an operation that is over",
      [copy("a", { id: "r2", phase: "open" }), copy("b", { phase: "finished" })],
      "open",
    ],
    [
      "the last of those that are over",
      [
        copy("a", { id: "r2", phase: "undone", times: { open: "2026-02-01T00:00:00Z" } }),
        copy("b", { phase: "finished" }),
      ],
      "undone",
    ],
    [
      "an undo that has begun to change something, where another copy says that it only asks",
      [
        copy("a", { phase: "undoing", times: { asking: "2026-01-01T00:00:00Z" } }),
        copy("b", { phase: "undoing", times: {} }),
      ],
      "undoing",
      {},
    ],
    [
      "an undo that has put the data back on all machines but one that was away, and has come",
      [
        copy("a", { phase: "undoing", times: { undoing: at, returned: at } }),
        copy("b", { phase: "swapped", times: { swapped: at } }),
      ],
      "undoing",
      { undoing: at },
    ],
    [
      "the same, cut short while it wrote its end",
      [
        copy("a", { phase: "undone", times: { undoing: at, returned: at, undone: at } }),
        copy("b", { phase: "undoing", times: { undoing: at, returned: at } }),
        copy("c", { phase: "swapped", times: { swapped: at } }),
      ],
      "undoing",
      { undoing: at },
    ],
    [
      "an undo that was cut short while it wrote its end, and was everywhere",
      [
        copy("a", { phase: "undone", times: { undoing: at, returned: at, undone: at } }),
        copy("b", { phase: "undoing", times: { undoing: at, returned: at } }),
        copy("c", undefined),
      ],
      "undoing",
      { undoing: at, returned: at },
    ],
    ["one that a machine lost", [copy("a", { phase: "started" }), copy("b", undefined)], "started"],
  ])("%s", (_, copies, phase, times) => {
    expect(mergeCopies(copies)?.phase).toBe(phase);
    if (times !== undefined) expect(mergeCopies(copies)?.times).toEqual(times);
  });

  it("are refused when they are of different restores", () => {
    expect(() => mergeCopies([copy("a", {}), copy("b", { id: "r2" })])).toThrow(
      /different restores \(a: r1; b: r2\)/,
    );
  });

  it("say the end of the last operation, all of them, before the lock of the next is written to one", async () => {
    const store = new FakeLedgerStore(new Calls(), 3);
    const last = record({ id: "old", phase: "finished", times: { open: at, finished: at } });
    store.copies.forEach((held, n) => {
      // The write of its end was cut short behind the first machine.
      held.fields = ledgerFields(n === 0 ? last : { ...last, phase: "committed", times: { open: at } });
    });
    const ledger = new Ledger(store, "r1", "restore", advice);
    const write = store.write.bind(store);
    // And so is the write of the next lock.
    store.write = async (fields, over) => {
      if (fields.id === "old") return write(fields, over);
      const [first] = store.copies;
      if (first !== undefined) first.fields = fields;
      throw new Error("the connection is gone");
    };
    await expect(ledger.take(record(), await ledger.read())).rejects.toThrow("the connection is gone");
    expect(store.copies.map(({ fields }) => `${fields?.id} ${fields?.phase}`)).toEqual([
      "r1 open",
      "old finished",
      "old finished",
    ]);
    expect((await ledger.read()).record).toMatchObject({ id: "r1", phase: "open" });
  });

  it("are not taken over where one moved while the end of the last was written to all", async () => {
    const store = new FakeLedgerStore(new Calls(), 2);
    const old = { id: "old", times: { open: at } };
    const [first, second] = store.copies;
    if (first !== undefined) first.fields = ledgerFields(record({ ...old, phase: "finished" }));
    const ledger = new Ledger(store, "r1", "restore", advice);
    const state = await ledger.read();
    const write = store.write.bind(store);
    store.write = async (fields, over) => {
      await write(fields, over);
      if (second !== undefined) second.fields = ledgerFields(record({ id: "r2" }));
    };
    await expect(ledger.take(record(), state)).rejects.toThrow(LedgerMoved);
    expect(first?.fields?.id).toBe("old");
  });
});
