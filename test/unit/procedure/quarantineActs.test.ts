import { beforeEach, describe, expect, it } from "vitest";
import type { Act } from "../../../components/procedure/act";
import { acts } from "../../../components/procedure/acts";
import { giveBack, heldEarlier } from "../../../components/procedure/acts/quarantine/giveBack";
import { askNewer } from "../../../components/procedure/acts/quarantine/newer";
import { undo } from "../../../components/procedure/acts/undo";
import { ledgerFields } from "../../../components/procedure/ledgerFormat";
import type { LedgerRecord } from "../../../components/procedure/ledgerRecord";
import {
  type FakeContext,
  FakeSubstrate,
  fakeContext,
  fakeRecord,
  perform,
} from "../../support/fakeSubstrate";
import { FakeFence } from "../../support/fakes/fence";
import { shortWaits } from "./stagedScene";

const CONTROLLERS = "kube-system/Deployment/clusterapi-controllers";
const wanted = [CONTROLLERS];

describe("a restored cluster under quarantine", () => {
  shortWaits("0.5");
  let substrate: FakeSubstrate;
  let fence: FakeFence;
  let context: FakeContext;

  const run = (name: "fence" | "scale-up-apiservers" | "quarantine" | "open-fence" | "commit") =>
    perform(name, acts[name] as Act, context);
  const begun = (quarantine: { wanted: string[] } | null = { wanted }) => {
    const record = fakeRecord(substrate, { phase: "started" });
    substrate.setRecord({
      ...record,
      ...(quarantine === null ? {} : { quarantine }),
    });
  };

  beforeEach(() => {
    substrate = new FakeSubstrate({ members: 1 });
    fence = new FakeFence(substrate.calls);
    substrate.fence = fence;
    context = fakeContext(substrate);
    fence.put(CONTROLLERS, 2);
    fence.put("shop/Deployment/web", 3);
    begun();
  });

  it("is fenced before an API server starts, and emptied of what was named alone", async () => {
    await run("fence");
    await run("scale-up-apiservers");
    const result = await run("quarantine");
    const order = substrate.calls.of(/fence\.(raise|start)|inside\.(scale|remove)/);
    expect(order[0]).toBe("fence.raise");
    const first = (kind: RegExp) => order.findIndex((call) => kind.test(call));
    expect(first(/^fence\.start/)).toBeLessThan(first(/^inside/));
    expect(first(/^fence\.start/)).toBeGreaterThan(0);
    expect(result).toMatchObject({ quarantined: [{ name: CONTROLLERS, replicas: 2 }] });
    expect(fence.of.get(CONTROLLERS)).toMatchObject({ replicas: 0, pods: [] });
    expect(fence.of.get("shop/Deployment/web")).toMatchObject({ replicas: 3 });
    expect(fence.opened).toBe(false);
    expect(substrate.record.quarantine?.workloads).toEqual([{ name: CONTROLLERS, replicas: 2 }]);
  });

  it("has its numbers in the ledger before the first is changed, and a second run keeps them", async () => {
    await run("fence");
    await run("scale-up-apiservers");
    substrate.calls.after(/inside\.scale/, () => Promise.reject(new Error("killed")), 1);
    await expect(run("quarantine")).rejects.toThrow();
    expect(fence.of.get(CONTROLLERS)?.replicas).toBe(0);
    await run("quarantine");
    expect(substrate.record.quarantine?.workloads).toEqual([{ name: CONTROLLERS, replicas: 2 }]);
    expect(fence.of.get(CONTROLLERS)?.pods).toEqual([]);
  });

  it("is fenced anew after a machine was started anew", async () => {
    await run("fence");
    await run("scale-up-apiservers");
    fence.reboot();
    await run("quarantine");
    expect(fence).toMatchObject({ stands: true, behind: true });
    expect(fence.of.get(CONTROLLERS)?.replicas).toBe(0);
  });

  it("does not go on where something started an API server without the fence", async () => {
    await run("fence");
    fence.opened = true;
    await expect(run("quarantine")).rejects.toThrow(/started the API server without the fence on cp-1/);
    expect(fence.of.get(CONTROLLERS)?.replicas).toBe(2);
  });

  it("is not opened while something wants its controllers again", async () => {
    await run("fence");
    await run("scale-up-apiservers");
    await run("quarantine");
    fence.put(CONTROLLERS, 1, { owner: "Operator/capi" });
    await expect(run("open-fence")).rejects.toThrow(/wants 1 of it again; it is owned by Operator\/capi/);
    expect(fence.opened).toBe(false);
  });

  it("says which Pod does not go, and why", async () => {
    await run("fence");
    await run("scale-up-apiservers");
    fence.put(CONTROLLERS, 1, { finalizers: ["example.com/hold"] });
    await expect(run("quarantine")).rejects.toThrow(/Pod ns\/clusterapi-controllers-0 stays \(finalizers/);
  });

  it("an undo asks nothing of a fence where nothing was to be put under quarantine", async () => {
    begun(null);
    await run("fence");
    await undo(context);
    expect(substrate.record.phase).toBe("undone");
    expect(substrate.calls.of(/^fence/)).toEqual([]);
    expect(context.lines).not.toContain("the fence is taken away");
  });

  it("is asked for what is younger under the prefix that its API servers are told", async () => {
    const key = Buffer.from("/a/b/minions/n2").toString("base64");
    const kvs = [{ key, create_revision: 50 }];
    substrate.prefix = "/a/b";
    substrate.etcd.on(/^get /, () => "{}");
    substrate.etcd.on(/^get \/a\/b\/minions\/ /, () => JSON.stringify({ kvs }));
    expect(await askNewer(context, substrate.record)).toEqual({
      machines: { count: 0, named: [] },
      nodes: { count: 1, named: ["n2"] },
      pods: { count: 0, named: [] },
    });
  });

  it("is left without a fence by an undo", async () => {
    await run("fence");
    await run("scale-up-apiservers");
    await undo(context);
    expect(fence).toMatchObject({ stands: false, behind: false });
    expect(substrate.record.phase).toBe("undone");
  });

  // The configuration lost its quarantine on the way, and with it the stack its steps.
  it("starts no API server where the ledger has a quarantine and no step has fenced it", async () => {
    await expect(run("scale-up-apiservers")).rejects.toThrow(
      /restore\.quarantine: restore r1 has begun with kube-system\/Deployment\/clusterapi-controllers, and its step fence was not run/,
    );
    expect(substrate.calls.of(/fence\.|workloads\.start/)).toEqual([]);
  });

  it("is not committed behind a fence that nothing has opened", async () => {
    await run("fence");
    await run("scale-up-apiservers");
    await expect(run("commit")).rejects.toThrow(/its step open-fence was not run/);
    expect(substrate.record.phase).toBe("started");
    await run("quarantine");
    await run("open-fence");
    await run("commit");
    expect(substrate.record.phase).toBe("committed");
    expect(fence.opened).toBe(true);
  });

  it("is not committed behind a fence whose opening has only begun", async () => {
    await run("fence");
    await run("scale-up-apiservers");
    await run("quarantine");
    // Killed between the mark and the machines; and then the configuration, and the stack, lost the step.
    substrate.calls.before(/^fence\.open/, () => Promise.reject(new Error("killed")), 1);
    await expect(run("open-fence")).rejects.toThrow("killed");
    expect(substrate.record.times.opening).toBeTruthy();
    await expect(run("commit")).rejects.toThrow(/the fence of restore r1 is not open on cp-1/);
    expect(substrate.record.phase).toBe("started");
    await run("open-fence");
    await run("commit");
    expect(substrate.record.phase).toBe("committed");
  });

  it("that the ledger does not know is told of", async () => {
    begun(null);
    expect(await run("quarantine")).toEqual({
      warnings: ["restore.quarantine: restore r1 has begun without it: nothing is put under quarantine"],
    });
  });

  it("gives the number back when it is released, once, and not over somebody else's", async () => {
    fence.put(CONTROLLERS, 0);
    fence.put("a/StatefulSet/b", 1);
    const workloads = [
      { name: CONTROLLERS, replicas: 2 },
      { name: "a/StatefulSet/b", replicas: 5 },
    ];
    const record = fakeRecord(substrate, { phase: "finished" });
    substrate.setRecord({ ...record, quarantine: { wanted, workloads } });
    fence.opened = true;
    await giveBack(context, []);
    expect(fence.of.get(CONTROLLERS)?.replicas).toBe(2);
    expect(fence.of.get("a/StatefulSet/b")?.replicas).toBe(1);
    expect(substrate.record.quarantine?.workloads?.every(({ released }) => released !== undefined)).toBe(
      true,
    );
    await expect(giveBack(context, [CONTROLLERS])).rejects.toThrow(/not under quarantine; that is: nothing/);
  });

  it.each<[string, Partial<LedgerRecord>, string[] | undefined]>([
    ["a repair", { id: "r9", kind: "repair" }, [CONTROLLERS]],
    ["a restore that was undone", { id: "r9", phase: "undone" }, [CONTROLLERS]],
    ["a restore of other data", { id: "r9" }, undefined],
    ["nothing", { id: "r1" }, undefined],
  ])("what is held is known when %s has followed", (_, changes, held) => {
    const at = (finished: string) => ({ times: { finished } });
    const workloads = [
      { name: CONTROLLERS, replicas: 2 },
      { name: "a/Deployment/idle", replicas: 0 },
    ];
    const done = { phase: "finished", ...at("2026-01-01"), quarantine: { wanted, workloads } } as const;
    const earlier = fakeRecord(substrate, done);
    const now = fakeRecord(substrate, { phase: "finished", ...at("2026-01-02"), ...changes });
    const found = heldEarlier([ledgerFields(now), ledgerFields(earlier)].slice(now.id === "r1" ? 1 : 0), now);
    expect(found?.workloads.map(({ name }) => name)).toEqual(held);
  });

  it.each(["fence", "quarantine", "open-fence"] as const)(
    "%s does nothing where nothing is asked for",
    async (act) => {
      begun(null);
      await run(act);
      expect(substrate.calls.of(/fence\.|inside\./)).toEqual([]);
    },
  );
});
