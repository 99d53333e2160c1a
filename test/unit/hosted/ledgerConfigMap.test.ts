import { beforeEach, describe, expect, it } from "vitest";
import { ApiError } from "../../../components/access/apiError";
import { ledgerConfigMap } from "../../../components/hosted/ledgerConfigMap";
import { settledPhase } from "../../../components/preview/settledPhase";
import { Ledger } from "../../../components/procedure/ledger";
import { LedgerMoved, type LedgerStore } from "../../../components/procedure/ledgerStore";
import { apiError, FakeApi, once } from "../../support/fakeApi";

const configMaps = "/api/v1/namespaces/uc1/configmaps";
const open = {
  format: "2",
  id: "r1",
  kind: "restore",
  phase: "open",
  open: "2026-11-26T10:00:00Z",
  names: "{}",
};

describe("ledgers as ConfigMaps", () => {
  let api: FakeApi;
  let store: LedgerStore;
  const stored = (name = "etcd-recovery") =>
    api.objects.get(`${configMaps}/${name}`)?.data as Record<string, string> | undefined;
  beforeEach(() => {
    api = new FakeApi();
    store = ledgerConfigMap(api, "uc1");
  });

  it("an absent one is made by a create, and read back with its version", async () => {
    const before = await store.read();
    expect(before).toEqual([{ place: "uc1/etcd-recovery", fields: undefined, version: "" }]);
    await store.write(open, before);
    expect(stored()).toEqual(open);
    const [copy] = await store.read();
    expect(copy).toMatchObject({ fields: open, version: expect.stringMatching(/^\d+$/) });
    expect(api.made("PUT")).toEqual([]);
  });

  it("two that find none: the second moves nothing", async () => {
    const before = await store.read();
    await store.write(open, before);
    await expect(store.write({ ...open, id: "r2" }, before)).rejects.toBeInstanceOf(LedgerMoved);
    expect(stored()).toEqual(open);
  });

  it("is replaced as a whole, and only as it was read", async () => {
    await store.write(open, await store.read());
    const read = await store.read();
    await store.write({ id: "r1", phase: "staged" }, read);
    expect(stored()).toEqual({ id: "r1", phase: "staged" });
    await expect(store.write({ ...open, phase: "undoing" }, read)).rejects.toBeInstanceOf(LedgerMoved);
    expect(stored()).toEqual({ id: "r1", phase: "staged" });
  });

  it("one that was removed meanwhile is not made anew by a replace", async () => {
    await store.write(open, await store.read());
    const read = await store.read();
    api.objects.clear();
    await expect(store.write(open, read)).rejects.toBeInstanceOf(LedgerMoved);
    expect(stored()).toBeUndefined();
  });

  it("a write whose answer is lost is an error, and is made once: the ledger asks what is there", async () => {
    await store.write(open, await store.read());
    const lost = () =>
      once(
        ({ method }) => method === "PUT",
        () => {
          throw apiError("interrupted", "the connection ended", true);
        },
      );
    api.after.push(lost());
    await expect(store.write({ ...open, holder: "a" }, await store.read())).rejects.toBeInstanceOf(ApiError);
    expect(stored()?.holder).toBe("a");

    api.after.push(lost());
    const ledger = new Ledger(store, "r1", "restore", { lookAtLedger: () => "look", twoWaysOut: "" });
    api.calls.length = 0;
    expect(await ledger.advance("staged", ["open"])).toMatchObject({ phase: "staged" });
    expect(api.made("PUT")).toHaveLength(1);
    expect(stored()?.phase).toBe("staged");
  });

  it("one that could not be asked for is not one that is absent", async () => {
    api.before.push(() => {
      throw apiError("unreachable");
    });
    await expect(store.read()).rejects.toMatchObject({ kind: "unreachable" });
  });

  it("past ones lie under their ids, and stay as they were first kept", async () => {
    await store.archive({ ...open, phase: "finished" });
    await store.archive({ ...open, phase: "undone" });
    const past = await store.past("r1");
    expect(past).toMatchObject({ place: "uc1/etcd-recovery-r1", fields: { phase: "finished" } });
    await store.writePast({ ...past.fields, finalizing: "now" }, past);
    expect(stored("etcd-recovery-r1")?.finalizing).toBe("now");
    await expect(store.writePast({ ...past.fields }, past)).rejects.toBeInstanceOf(LedgerMoved);
    expect((await store.past("r2")).fields).toBeUndefined();
    await expect(async () => store.past("../pods/x")).rejects.toThrow(/is no id/);
  });

  it("marks that came after a first try to follow are not lost by the second", async () => {
    const finished = { ...open, phase: "finished" };
    await store.archive(finished);
    await store.archive({ ...finished, finalizing: "now" });
    expect((await store.past("r1")).fields).toEqual({ ...finished, finalizing: "now" });
    const before = api.calls.length;
    await store.archive(finished);
    expect((await store.past("r1")).fields?.finalizing).toBe("now");
    expect(api.calls.slice(before).some(({ method }) => method === "PUT")).toBe(false);
  });

  it("all of them are the open one and those whose name their id gives", async () => {
    await store.write({ ...open, id: "r2" }, await store.read());
    await store.archive({ ...open, phase: "finished" });
    api.put(configMaps, { metadata: { name: "settings" }, data: { id: "r9", phase: "finished" } });
    api.put(configMaps, { metadata: { name: "etcd-recovery-r8" }, data: { id: "r9", phase: "finished" } });
    api.put(configMaps, { metadata: { name: "empty" } });
    expect((await store.all()).map(({ id }) => id).sort()).toEqual(["r1", "r2"]);
  });

  it("tells the preview whether etcd is as it was found", async () => {
    const phaseIs = async (phase: string) => {
      api.objects.clear();
      await store.write({ ...open, phase }, await store.read());
      return settledPhase(store, "r1");
    };
    expect(await phaseIs("staged")).toBeUndefined();
    expect(await phaseIs("undone")).toBeUndefined();
    expect(await phaseIs("swapped")).toBe("swapped");
    expect(await settledPhase(store, "r0")).toBeUndefined();
    await store.archive({ ...open, id: "r0", phase: "finished" });
    expect(await settledPhase(store, "r0")).toBe("finished");
  });
});
