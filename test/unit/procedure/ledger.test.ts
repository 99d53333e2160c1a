import { beforeEach, describe, expect, it } from "vitest";
import { ARGUMENTS_FORMAT, parseArguments } from "../../../components/procedure/arguments";
import { Ledger } from "../../../components/procedure/ledger";
import { ledgerFields, parseLedger } from "../../../components/procedure/ledgerFormat";
import {
  isBeyond,
  LEDGER_FORMAT,
  type LedgerRecord,
  reached,
} from "../../../components/procedure/ledgerRecord";
import type { LedgerFields } from "../../../components/procedure/ledgerStore";
import { Calls } from "../../support/fakes/calls";
import { FakeLedgerStore } from "../../support/fakes/ledgerStore";
import { advice, record } from "./ledgerScene";

/** As the program before this one wrote it, in the middle of an outage. */
const format1: LedgerFields = {
  id: "night-1",
  phase: "swapped",
  open: "2026-01-01T00:00:00Z",
  quiesced: "2026-01-01T00:01:00Z",
  stopping: "2026-01-01T00:01:02Z",
  swapped: "2026-01-01T00:01:05Z",
  holder: "op@ws",
  names: JSON.stringify({ ETCD_STATEFULSET: "etcd-main", MAINTENANCE: "keeper" }),
  nodes: "etcd-main-0=node-a ",
  utility: "{}",
  etcd: "3",
  apiserver: "2",
  "etcd-selector": "app=etcd",
  "apiserver-selector": "app=api,tier in (a, b)",
  quorum: "true",
  controllers: "Deployment/kube-scheduler=1 Deployment/keeper=1 ",
  others: "Deployment/operator=kubeconfig DaemonSet/log=none ",
  pdb: "",
  snapshot: "ab".repeat(32),
  revision: "42",
  rollback: "",
  "live-revision": "9223372036854775806",
  bump: "1000000000",
  cluster: "e0061a741e1438b1",
  reason: "",
  overrides: "",
};

describe("the ledger's formats", () => {
  it("reads what it writes, with revisions beyond 2^53", () => {
    const found = {
      workloads: [
        { name: "StatefulSet/kube-etcd", part: "etcd" as const, replicas: 3, ready: 2, selector: "app=etcd" },
      ],
      others: [],
      quorum: false,
    };
    const whole = record({
      phase: "staged",
      found,
      budget: "",
      bump: "9223372036854775807",
      snapshot: "cd".repeat(32),
    });
    expect(parseLedger(ledgerFields(whole), "here")).toEqual(whole);
  });

  it("reads format 1: replicas, selectors, controllers, what was reached", () => {
    const read = parseLedger(format1, "here");
    expect(read).toMatchObject({
      format: 1,
      kind: "restore",
      phase: "swapped",
      budget: "",
      liveRevision: "9223372036854775806",
    });
    expect(read.rollback).toBeUndefined();
    expect(read.reason).toBeUndefined();
    expect(read.reach).toEqual({ utility: "{}", nodes: "etcd-main-0=node-a " });
    expect(read.found).toEqual({
      workloads: [
        { name: "StatefulSet/etcd-main", part: "etcd", replicas: 3, selector: "app=etcd" },
        {
          name: "StatefulSet/kube-apiserver",
          part: "apiServers",
          replicas: 2,
          selector: "app=api,tier in (a, b)",
        },
        { name: "Deployment/kube-scheduler", part: "controllers", replicas: 1 },
        { name: "Deployment/keeper", part: "maintenance", replicas: 1 },
      ],
      others: [
        { name: "Deployment/operator", why: "kubeconfig" },
        { name: "DaemonSet/log", why: "none" },
      ],
      quorum: true,
    });
    expect(["open", "quiesced", "stopping", "swapped"].every((each) => reached(read, each))).toBe(true);
    expect(reached(read, "started")).toBe(false);
    expect(isBeyond(read, "quiesced")).toBe(true);
    expect(isBeyond(read, "swapped")).toBe(false);
  });

  it("refuses a newer one, and names the program that mends it", () => {
    const newer = { ...ledgerFields(record()), format: String(LEDGER_FORMAT + 1) };
    expect(() => parseLedger(newer, "uc1/etcd-recovery")).toThrow(
      /uc1\/etcd-recovery has format 3.*newer one wrote it.*npm install/,
    );
  });

  it.each<[string, LedgerFields]>([
    ["a phase that is none", { ...format1, phase: "burning" }],
    ["an id that ends a command", { ...format1, id: "r1; reboot" }],
    ["a selector with a line feed, which sed ran once", { ...format1, "etcd-selector": "app=x\n1e reboot" }],
    ["replicas that are no number", { ...format1, etcd: "three" }],
    ["a controller whose name is a path", { ...format1, controllers: "Deployment/../../x=1" }],
    ["a revision with a sign", { ...format1, bump: "-1" }],
    ["found that is no JSON", { ...ledgerFields(record()), found: "{" }],
  ])("defect 17: values are validated before they are used: %s", (_, fields) => {
    expect(() => parseLedger(fields, "here")).toThrow(/the ledger here: not written by this program/);
  });
});

it("takes nothing from a ledger that somebody has edited that would write where it likes on a terminal", () => {
  const fields = { ...ledgerFields(record()), holder: "me@here\n\u001b[2Kall is well", open: "now\u001b[A" };
  const { holder, times } = parseLedger(fields, "here");
  expect({ holder, open: times.open }).toEqual({ holder: "me@here [2Kall is well", open: "now [A" });
});

describe("the ledger of an operation", () => {
  let calls: Calls;
  let store: FakeLedgerStore;
  let ledger: Ledger;

  beforeEach(() => {
    calls = new Calls();
    store = new FakeLedgerStore(calls);
    ledger = new Ledger(store, "r1", "restore", advice);
    store.set(ledgerFields(record()));
  });

  it("is advanced only from where it was said to be, and only once", async () => {
    expect((await ledger.advance("staged", ["open"])).phase).toBe("staged");
    const { staged } = store.fields;
    expect((await ledger.advance("staged", ["open"])).times.staged).toBe(staged);
    await expect(ledger.advance("started", ["swapped"])).rejects.toThrow(
      /restore r1 is staged; this step needs: started, swapped/,
    );
  });

  it.each<[LedgerRecord["phase"], string]>([
    ["staged", "Look."],
    ["undoing", "It can only be undone: 'pulumi destroy' goes on with that."],
    [
      "undone",
      "It does not go on. What is left on its stack: 'pulumi destroy' there; then begin anew: pulumi config set --path restore.id r1-2",
    ],
  ])("that is %s says what there is to do to a step that it is not for", async (phase, remedy) => {
    store.set(ledgerFields(record({ phase })));
    await expect(ledger.require("swapped")).rejects.toMatchObject({ refusal: { remedy } });
  });

  it("is brought to a copy that lags, whatever is written there already", async () => {
    const pair = new FakeLedgerStore(calls, 2);
    pair.set(ledgerFields(record({ phase: "swapped" })));
    const [, lagging] = pair.copies;
    if (lagging !== undefined) lagging.fields = ledgerFields(record({ phase: "quiesced" }));
    const both = new Ledger(pair, "r1", "restore", advice);
    expect((await both.advance("swapped", ["quiesced"])).phase).toBe("swapped");
    expect(pair.copies.map(({ fields }) => fields?.phase)).toEqual(["swapped", "swapped"]);
    await both.advance("swapped", ["quiesced"]);
    expect(pair.copies.map(({ version }) => version)).toEqual([2, 2]);
  });

  it("is not written by a late part once it is another's, or another operation's", async () => {
    store.set(ledgerFields(record({ id: "r2" })));
    await expect(ledger.advance("staged", ["open"])).rejects.toThrow(
      /belongs to restore r2, not r1\. Two ways out/,
    );
    store.set(ledgerFields(record({ kind: "repair" })));
    await expect(ledger.permit("open")()).rejects.toThrow(/of another operation \(a repair\)/);
    store.set(undefined);
    await expect(ledger.require("open")).rejects.toThrow(/there is no ledger uc1\/etcd-recovery/);
  });

  it("defect 4: takes over only what was judged: of two that read the same, the second is told", async () => {
    store.set(ledgerFields(record({ id: "old", phase: "finished" })));
    const [first, second] = [await ledger.read(), await ledger.read()];
    await ledger.take(record(), first);
    await expect(ledger.take(record({ id: "r2" }), second)).rejects.toThrow(/has changed meanwhile/);
    expect(store.fields.id).toBe("r1");
    expect(store.history.get("old")?.fields?.phase).toBe("finished");
  });

  it("keeps the last operation that is over, not one that a machine which was away still has", async () => {
    const pair = new FakeLedgerStore(calls, 2);
    const [stale, last] = pair.copies;
    const times = (open: string) => ({ open: `2026-0${open}-01T00:00:00Z` });
    if (stale !== undefined)
      stale.fields = ledgerFields(record({ id: "older", phase: "finished", times: times("1") }));
    if (last !== undefined)
      last.fields = ledgerFields(record({ id: "old", phase: "finished", times: times("2") }));
    const both = new Ledger(pair, "r1", "restore", advice);
    await both.take(record(), await both.read());
    expect([...pair.history.keys()]).toEqual(["old"]);
    expect(pair.copies.map(({ fields }) => fields?.id)).toEqual(["r1", "r1"]);
  });

  it("goes on where somebody else wrote between its read and its write", async () => {
    let disturbed = false;
    const read = store.read.bind(store);
    store.read = async () => {
      const copies = await read();
      if (!disturbed) store.set({ ...store.fields, reason: "meanwhile" });
      disturbed = true;
      return copies;
    };
    await ledger.keep(["open"], {}, ["stopping"]);
    expect(store.fields).toMatchObject({ reason: "meanwhile", stopping: expect.stringMatching(/^20/) });
  });

  it("sets a mark once, and writes nothing where there is nothing to write", async () => {
    await ledger.keep(["open"], {}, ["stopping"]);
    const { version } = store.copies[0] ?? {};
    await ledger.keep(["open"], {}, ["stopping"]);
    expect(store.copies[0]?.version).toBe(version);
  });

  it("goes back a phase whose effect was not begun, and forgets its time", async () => {
    await ledger.advance("undoing", ["open"], {}, ["asking"]);
    await ledger.retreat("undoing", "open", "asking");
    expect(store.fields.phase).toBe("open");
    expect(store.fields.undoing).toBeUndefined();
    expect(store.fields.asking).toBeUndefined();
    await ledger.advance("undoing", ["open"], {}, ["asking"]);
    await ledger.unmark("undoing", "asking");
    expect((await ledger.retreat("undoing", "open", "asking")).phase).toBe("undoing");
  });

  it("knows finished restores whose data is kept, and marks them when it is removed", async () => {
    store.set(ledgerFields(record({ id: "b", phase: "finished" })));
    store.history.set("a", { fields: ledgerFields(record({ id: "a", phase: "finished" })), version: 1 });
    store.history.set("c", { fields: ledgerFields(record({ id: "c", phase: "undone" })), version: 1 });
    expect(await ledger.kept()).toEqual(["a", "b"]);
    await ledger.markPast("a", "finalizing");
    await ledger.markPast("b", "finalizing");
    expect(await ledger.kept()).toEqual([]);
    expect((await ledger.past("a"))?.times.finalizing).toMatch(/^20/);
  });
});

describe("a step's arguments", () => {
  const whole = {
    format: ARGUMENTS_FORMAT,
    operation: "restore",
    id: "r1",
    substrate: { kind: "hosted", namespace: "uc1" },
  };

  it("are read with what a substrate says of itself, and without a request", () => {
    expect(parseArguments(JSON.stringify(whole))).toEqual({ ...whole, request: {} });
  });

  it("of a newer program are refused, and the program that mends it is named", () => {
    expect(() => parseArguments(JSON.stringify({ ...whole, format: ARGUMENTS_FORMAT + 1 }))).toThrow(
      /a newer one declared the stack.*npm install/,
    );
  });

  it.each([undefined, "", "{", "[]", JSON.stringify({ ...whole, operation: "destroy" })])(
    "%s are none",
    (text) => {
      expect(() => parseArguments(text)).toThrow(/holds no arguments of a step/);
    },
  );
});
