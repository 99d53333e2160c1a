import { describe, expect, it } from "vitest";
import { undo } from "../../../components/procedure/acts/undo";
import { ledgerFields } from "../../../components/procedure/ledgerFormat";
import { FakeSubstrate, fakeContext } from "../../support/fakeSubstrate";
import { actNames, previous, restored, StagedScene, shortWaits, stagedCluster } from "./stagedScene";

shortWaits();

const ETCD = "StatefulSet/kube-etcd";
const APISERVER = "StatefulSet/kube-apiserver";
const SCHEDULER = "Deployment/kube-scheduler";

const changes = (scene: StagedScene) =>
  scene.substrate.calls.of(/^(budget.restore|workloads.(stop|start) |volumes.(run|release|held))/);

describe("the way back, after each act", () => {
  it.each(actNames.slice(0, actNames.indexOf("commit")))("%s puts all back", async (name) => {
    const scene = new StagedScene();
    await scene.runTo(name);
    await scene.undo();
    expect(scene.situation()).toEqual(previous);
    for (const volume of scene.substrate.volumes.of.values()) expect(volume.staged).toBeUndefined();
    await scene.undo();
    expect(scene.lines.at(-1)).toBe("restore r1 is undone: nothing to undo");
  });

  it("says that it knows of nothing where the ledger was removed", async () => {
    const context = fakeContext(new FakeSubstrate());
    await undo(context);
    expect(context.lines).toEqual([
      `there is no ledger ${context.ledger.place}: nothing is known of restore r1, and nothing is undone`,
    ]);
  });

  it.each(["commit", "start-controllers", "restore-pdb"] as const)(
    "%s goes forward instead",
    async (name) => {
      const scene = new StagedScene();
      await scene.runTo(name);
      await scene.undo();
      expect(scene.situation()).toEqual(restored);
      expect(scene.lines).toContain(
        "restore r1 is committed: nothing goes back, and what was still to be put back is put back",
      );
    },
  );

  it("goes backwards through the table, and nothing of ours holds a volume before etcd starts (defect 2)", async () => {
    const scene = new StagedScene();
    await scene.runTo("scale-up-apiservers");
    scene.substrate.calls.all.length = 0;
    await scene.undo();
    const members = ["kube-etcd-0", "kube-etcd-1", "kube-etcd-2"];
    expect(changes(scene)).toEqual([
      ...members.map((member) => `volumes.run ${member} state`),
      "workloads.stop Deployment/kube-controller-manager",
      "workloads.stop Deployment/kube-scheduler",
      "workloads.stop Deployment/etcd-defrag",
      `workloads.stop ${APISERVER}`,
      `workloads.stop ${ETCD}`,
      ...members.map((member) => `volumes.run ${member} unswap`),
      `volumes.release ${members.join(",")}`,
      "volumes.held",
      `workloads.start ${ETCD}`,
      `workloads.start ${APISERVER}`,
      "workloads.start Deployment/etcd-defrag",
      "budget.restore",
      "workloads.start Deployment/kube-controller-manager",
      "workloads.start Deployment/kube-scheduler",
      `volumes.release ${members.join(",")}`,
    ]);
  });

  it("clears what was staged where something holds the volume, and goes on where nothing does", async () => {
    const scene = new StagedScene();
    scene.substrate.volumes.holding.delete("kube-etcd-1");
    await scene.undo();
    expect(scene.substrate.volumes.volume("kube-etcd-0").staged).toBeUndefined();
    expect(scene.substrate.volumes.volume("kube-etcd-1").staged).toBeDefined();
    expect(scene.lines).toContain(
      "kube-etcd-1: what was staged may lie on its volume still, in .etcd-recovery/r1; it does no harm there",
    );
    expect(scene.phase).toBe("undone");
  });

  it("row 42: says what to do by hand when the data is not back, and goes on when it is run again", async () => {
    const scene = new StagedScene();
    await scene.runTo("scale-up-etcd");
    const { calls } = scene.substrate;
    let broken = true;
    calls.before(/kube-etcd-1 unswap/, () => {
      if (broken) throw new Error("the volume is read-only");
    });
    await expect(scene.undo()).rejects.toThrow(
      /not back on every member: the volume is read-only.*rename member.pre-r1 to member on each volume/,
    );
    expect(scene.phase).toBe("undoing");
    expect(calls.of(/workloads.start/).slice(1)).toEqual([]);
    broken = false;
    await scene.undo();
    expect(scene.situation()).toEqual(previous);
  });

  it("puts the data back on a machine, too, that was away while the others had it back, and came before they were done", async () => {
    const scene = new StagedScene();
    await scene.runTo("scale-up-etcd");
    const { calls, ledger, volumes } = scene.substrate;
    const away = { ...volumes.volume("kube-etcd-2") };
    const before = { ...ledger.fields };
    let broken = true;
    calls.before(/workloads.start StatefulSet.kube-etcd/, () => {
      if (broken) throw new Error("cut");
    });
    await expect(scene.undo()).rejects.toThrow("cut");
    expect(ledger.fields).toMatchObject({ phase: "undoing", returned: expect.any(String) });
    // It comes as it was left: swapped, and with a ledger that says so.
    volumes.of.set("kube-etcd-2", {
      ...away,
      previous: new Map([["r1", { clusterId: 1n, revision: 1000n }]]),
    });
    ledger.copies.push({ fields: before, version: 7 });
    expect(scene.situation().data).toEqual([1n, 1n, stagedCluster]);
    broken = false;
    await scene.undo();
    expect(scene.situation()).toEqual(previous);
    for (const { fields } of ledger.copies) expect(fields).toMatchObject({ phase: "undone" });
  });

  it("stops once more what was started while the data went back", async () => {
    const scene = new StagedScene();
    await scene.runTo("swap");
    const { calls, workloads } = scene.substrate;
    calls.after(
      /kube-etcd-2 unswap/,
      () => {
        workloads.workload(ETCD).wanted = 3;
      },
      1,
    );
    calls.all.length = 0;
    await scene.undo();
    expect(calls.of(/workloads.stop StatefulSet\/kube-etcd/)).toHaveLength(2);
    expect(scene.situation()).toEqual(previous);
  });

  it("reads a ledger of format 1", async () => {
    const scene = new StagedScene();
    await scene.runTo("scale-up-etcd");
    const { record, ledger } = scene.substrate;
    const { found: _, ...fields } = ledgerFields(record);
    ledger.set({
      ...{ ...fields, format: "1", etcd: "3", apiserver: "3", quorum: "true" },
      controllers:
        "Deployment/kube-controller-manager=1 Deployment/kube-scheduler=1 Deployment/etcd-defrag=1",
    });
    await scene.undo();
    expect(scene.situation()).toEqual(previous);
  });
});

describe("a ledger of an older program that found the servers stopped", () => {
  it("has no mark of a stop, and they are put back all the same", async () => {
    const scene = new StagedScene();
    await scene.runTo("scale-up-etcd");
    const { stopping: _, ...times } = scene.substrate.record.times;
    scene.substrate.setRecord({ ...scene.substrate.record, times });
    await scene.undo();
    expect(scene.situation()).toEqual(previous);
  });
});

describe("defect 3: what was found sick is not waited for", () => {
  const sickScheduler = () =>
    new StagedScene({}, ({ workloads }) => {
      workloads.workload(SCHEDULER).healthy = 0;
    });

  it("everything is put back, the budget too, and the rest is reported", async () => {
    process.env.START_SECONDS = "60";
    const scene = sickScheduler();
    await scene.runTo("scale-up-etcd");
    const began = Date.now();
    await scene.undo();
    expect(Date.now() - began).toBeLessThan(5000);
    expect(scene.situation()).toEqual(previous);
    expect(scene.lines).toContain("warning: Deployment kube-scheduler: 0 of 1 ready, as it was found");
  });

  it("what was ready and does not come up is waited for, reported, and ends well", async () => {
    const scene = new StagedScene();
    await scene.runTo("scale-up-etcd");
    scene.substrate.workloads.workload(ETCD).healthy = 2;
    scene.substrate.workloads.workload(SCHEDULER).healthy = 0;
    await scene.undo();
    expect(scene.situation()).toEqual(previous);
    expect(scene.lines).toContain("its Pod does not start");
    expect(scene.lines).toContain("warning: StatefulSet kube-etcd: 2 of 3 ready");
    expect(scene.lines).toContain("warning: Deployment kube-scheduler: 0 of 1 ready");
  });

  it("a way back that is run again stops nothing that was put back", async () => {
    const scene = new StagedScene();
    await scene.runTo("scale-up-etcd");
    const { calls, workloads } = scene.substrate;
    let broken = true;
    calls.before(/workloads.start Deployment\/kube-scheduler/, () => {
      if (broken) throw new Error("no answer");
    });
    await expect(scene.undo()).rejects.toThrow("not everything is put back: controllers: no answer");
    expect(workloads.workload(ETCD).wanted).toBe(3);
    expect(scene.substrate.fakeBudget.live).not.toBe("");
    broken = false;
    calls.all.length = 0;
    await scene.undo();
    expect(calls.of(/workloads.stop|unswap/)).toEqual([]);
    expect(scene.situation()).toEqual(previous);
  });

  it("waits for nothing where there was no quorum", async () => {
    process.env.START_SECONDS = "60";
    const scene = new StagedScene({}, (substrate) => substrate.die());
    for (const member of scene.substrate.etcd.of.values()) member.silent = false;
    scene.substrate.workloads.workload(ETCD).healthy = 3;
    await scene.runTo("scale-up-etcd");
    scene.substrate.die();
    const began = Date.now();
    await scene.undo();
    expect(Date.now() - began).toBeLessThan(5000);
    expect(scene.situation()).toEqual(previous);
    expect(scene.lines).toContain(
      "there was no quorum before: everything is put back, nothing is waited for",
    );
  });

  it("servers that do not end, while no data was moved, do not keep the rest from coming back", async () => {
    const scene = new StagedScene();
    await scene.runTo("scale-down-apiservers");
    scene.substrate.workloads.workload(ETCD).stuck = ["kube-etcd-1"];
    await scene.undo();
    expect(scene.situation()).toEqual(previous);
    expect(scene.lines.join("\n")).toMatch(/warning: .*not gone after 0.05 s: kube-etcd-1/);
  });

  it("servers that do not end under swapped data stop the way back: nothing moves under them", async () => {
    const scene = new StagedScene();
    await scene.runTo("scale-up-etcd");
    scene.substrate.workloads.workload(ETCD).stuck = ["kube-etcd-1"];
    await expect(scene.undo()).rejects.toThrow("not gone after 0.05 s: kube-etcd-1");
    expect(scene.substrate.calls.of(/unswap/)).toEqual([]);
  });
});

describe("defect 11: a volume that cannot be asked", () => {
  it.each(["swap", "scale-up-etcd", "scale-up-apiservers"] as const)(
    "after %s, changes nothing and leaves both ways open",
    async (last) => {
      const scene = new StagedScene();
      await scene.runTo(last);
      const { volumes, calls } = scene.substrate;
      const { phase, ...before } = scene.situation();
      volumes.unreachable.set("kube-etcd-1", new Error("node n1 does not answer"));
      calls.all.length = 0;
      await expect(scene.undo()).rejects.toThrow(
        /the data stays as it is: kube-etcd-1: node n1 does not answer.*'pulumi up' can go on as well/,
      );
      expect(scene.phase).toBe(phase);
      expect(scene.substrate.record.times.undoing).toBeUndefined();
      expect(changes(scene).filter((call) => !call.endsWith(" state"))).toEqual([]);
      expect(scene.situation()).toMatchObject({ wanted: before.wanted, data: before.data });
      volumes.unreachable.clear();
      await (last === "swap" ? scene.runTo("release") : scene.undo());
      expect(scene.situation()).toEqual(last === "swap" ? restored : previous);
    },
  );

  it.each(["scale-down-etcd", "swap", "scale-up-etcd"] as const)(
    "on a machine after %s, a disk that is not mounted is no empty volume",
    async (last) => {
      const scene = new StagedScene();
      await scene.runTo(last);
      const { volumes, calls } = scene.substrate;
      volumes.mayBeUnmounted = true;
      const own = volumes.volume("kube-etcd-1");
      const empty = { ...own, live: undefined, staged: undefined, received: undefined };
      volumes.of.set("kube-etcd-1", { ...empty, previous: new Map(), marks: new Set() });
      calls.all.length = 0;
      await expect(scene.undo()).rejects.toThrow(
        /kube-etcd-1: its data directory knows nothing of restore r1, .*is its disk mounted\?.*'pulumi up' can go on/,
      );
      expect(changes(scene).filter((call) => !call.endsWith(" state"))).toEqual([]);
      volumes.of.set("kube-etcd-1", own);
      await scene.undo();
      expect(scene.situation()).toEqual(previous);
    },
  );

  it.each(["scale-down-etcd", "swap"] as const)(
    "on a machine after %s, a way back that was killed at any write goes on: what is cleared is not missed",
    async (last) => {
      for (let n = 0; ; n += 1) {
        const scene = new StagedScene();
        await scene.runTo(last);
        const { volumes, calls } = scene.substrate;
        volumes.mayBeUnmounted = true;
        const from = calls.of(/ledger\.write/).length;
        const killed = () => {
          if (calls.of(/ledger\.write/).length > from + n) throw new Error("killed");
        };
        calls.before(/ledger\.write/, killed, n + 3);
        const whole = await scene.undo().then(
          () => true,
          () => false,
        );
        calls.before(/./, () => undefined, 0);
        if (!whole) await scene.undo();
        expect(scene.situation()).toEqual(previous);
        if (whole) return;
      }
    },
  );

  it("a way back that was killed while it asked has changed nothing: both ways stay open", async () => {
    const scene = new StagedScene();
    await scene.runTo("swap");
    const { calls, volumes } = scene.substrate;
    calls.before(
      /kube-etcd-1 state/,
      () => {
        // As of a process that has ended: nothing of it is written any more.
        calls.before(
          /ledger.write/,
          () => {
            throw new Error("killed");
          },
          3,
        );
        throw new Error("killed");
      },
      1,
    );
    await expect(scene.undo()).rejects.toThrow("killed");
    expect(scene.phase).toBe("undoing");
    volumes.unreachable.set("kube-etcd-1", new Error("node n1 does not answer"));
    await expect(scene.undo()).rejects.toThrow(
      /kube-etcd-1: node n1 does not answer.*'pulumi up' can go on as well/,
    );
    expect(scene.phase).toBe("swapped");
    expect(scene.substrate.record.times).not.toHaveProperty("asking");
    volumes.unreachable.clear();
    await scene.runTo("release");
    expect(scene.situation()).toEqual(restored);
  });

  it("does not go forward again once a way back has changed something", async () => {
    const scene = new StagedScene();
    await scene.runTo("scale-up-etcd");
    const { calls, volumes } = scene.substrate;
    calls.before(
      /kube-etcd-2 unswap/,
      () => {
        volumes.unreachable.set("kube-etcd-2", new Error("node n2 does not answer"));
      },
      1,
    );
    await expect(scene.undo()).rejects.toThrow("not back on every member");
    await expect(scene.undo()).rejects.toThrow("kube-etcd-2: node n2 does not answer");
    expect(scene.phase).toBe("undoing");
    volumes.unreachable.clear();
    await scene.undo();
    expect(scene.situation()).toEqual(previous);
  });
});
