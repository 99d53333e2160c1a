import { describe, expect, it, vi } from "vitest";
import { refused } from "../../../components/procedure/refusal";
import { fakeContext } from "../../support/fakeSubstrate";
import { acts, StagedScene, shortWaits } from "./stagedScene";

shortWaits("0.3");

const APISERVER = "StatefulSet/kube-apiserver";
const ETCD = "StatefulSet/kube-etcd";

describe("stopping", () => {
  it("asks for the quorum once more before the first change, and refuses a living one without a reason", async () => {
    const scene = new StagedScene({ reason: undefined });
    await scene.run("save-pdb");
    await expect(scene.run("stop-controllers")).rejects.toMatchObject({ refusal: { kind: "refused" } });
    expect(scene.phase).toBe("staged");
    expect(scene.substrate.calls.of(/workloads.stop/)).toEqual([]);
  });

  it("looks once more at what is there before the first change: it is refused, or put back as it is then", async () => {
    const scene = new StagedScene();
    await scene.run("save-pdb");
    const { workloads, calls } = scene.substrate;
    workloads.refusals = [refused("rollout-unfinished", "StatefulSet kube-etcd: a rollout is unfinished")];
    await expect(scene.run("stop-controllers")).rejects.toMatchObject({
      refusal: { code: "rollout-unfinished" },
    });
    expect(scene.phase).toBe("staged");
    expect(calls.of(/workloads.stop/)).toEqual([]);
    workloads.refusals = [];
    workloads.workload(APISERVER).wanted = 2;
    const known = scene.substrate.record.found;
    const find = vi.spyOn(workloads, "find");
    await scene.run("stop-controllers");
    expect(find).toHaveBeenCalledWith(known);
    const { found } = scene.substrate.record;
    expect(found?.workloads.find(({ name }) => name === APISERVER)?.replicas).toBe(2);
    expect(found?.quorum).toBe(true);
  });

  it("defect 9: a part that somebody starts again ends the wait at once, with who did it", async () => {
    process.env.GONE_SECONDS = "60";
    const scene = new StagedScene();
    await scene.runTo("scale-down-maintenance");
    const { calls, workloads } = scene.substrate;
    workloads.workload(ETCD).by = "its replicas were set by capi-manager at 12:00; pause capi-manager";
    workloads.workload(ETCD).stuck = ["kube-etcd-0"];
    calls.before(/workloads.still StatefulSet\/kube-etcd/, () => {
      if (calls.of(/workloads.still StatefulSet\/kube-etcd/).length > 2) workloads.workload(ETCD).wanted = 3;
    });
    const began = Date.now();
    await expect(scene.run("scale-down-etcd")).rejects.toThrow(
      /StatefulSet kube-etcd: something wants 3 again \(its replicas were set by capi-manager at 12:00; pause capi-manager\).*Pause whatever did it, then: stop StatefulSet\/kube-etcd by hand/,
    );
    expect(Date.now() - began).toBeLessThan(5000);
  });

  it("row 16: what does not end is waited for, named, and never forced away", async () => {
    const scene = new StagedScene();
    await scene.runTo("scale-down-maintenance");
    scene.substrate.workloads.workload(APISERVER).stuck = ["kube-apiserver-0"];
    await expect(scene.run("scale-down-apiservers")).rejects.toThrow(
      /not gone after 0.3 s: kube-apiserver-0 of StatefulSet kube-apiserver\b.*Mend the node.*never delete it by force/,
    );
    expect(scene.phase).toBe("quiesced");
  });

  it("does not take a question that failed for an end", async () => {
    const scene = new StagedScene();
    await scene.runTo("scale-down-maintenance");
    scene.substrate.calls.before(/workloads.still/, () => {
      throw new Error("the API server does not answer");
    });
    await expect(scene.run("scale-down-etcd")).rejects.toThrow(
      "etcd: not gone after 0.3 s: could not ask (the API server does not answer)",
    );
  });

  it("waits for its own part alone", async () => {
    const scene = new StagedScene();
    await scene.runTo("scale-down-maintenance");
    scene.substrate.workloads.workload(ETCD).stuck = ["kube-etcd-0"];
    await scene.run("scale-down-apiservers");
    expect(scene.substrate.calls.of(/still/).at(-1)).toBe(`workloads.still ${APISERVER}`);
  });

  it("law 12: a part of a killed run that comes late, after the undo, stops nothing", async () => {
    const scene = new StagedScene();
    await scene.runTo("scale-down-maintenance");
    let goOn = () => {};
    const late = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let undone: Promise<void> | undefined;
    scene.substrate.calls.before(
      /workloads.stop StatefulSet\/kube-etcd/,
      () => {
        undone = scene.undo().finally(goOn);
        return late;
      },
      1,
    );
    await expect(scene.run("scale-down-etcd")).rejects.toThrow(/says that restore r1 is undone/);
    await undone;
    expect(scene.substrate.workloads.workload(ETCD).wanted).toBe(3);
    expect(scene.phase).toBe("undone");
  });
});

describe("between the stop and the start", () => {
  it("row 18: nothing is swapped while a server runs, and it is said what started it", async () => {
    const scene = new StagedScene();
    await scene.runTo("scale-down-etcd");
    const { workloads, calls } = scene.substrate;
    workloads.workload(ETCD).wanted = 1;
    workloads.workload(ETCD).by = "its replicas were set by somebody";
    await expect(scene.run("swap")).rejects.toThrow(
      /something started them again: this step changes nothing.*'pulumi up' goes on, 'pulumi destroy' goes back/,
    );
    expect(scene.lines.at(-1)).toBe(
      "StatefulSet kube-etcd: 1 replicas (its replicas were set by somebody); there: kube-etcd-0",
    );
    expect(calls.of(/ swap$/)).toEqual([]);
    expect(scene.phase).toBe("quiesced");
  });

  it("what runs that nobody wants is named", async () => {
    const scene = new StagedScene();
    await scene.runTo("scale-down-etcd");
    scene.substrate.workloads.workload(ETCD).stuck = ["cp-b: process with a lock on /var/lib/etcd"];
    await expect(scene.run("swap")).rejects.toThrow("this step changes nothing");
    expect(scene.lines.at(-1)).toBe(
      "StatefulSet kube-etcd: 0 replicas; there: cp-b: process with a lock on /var/lib/etcd",
    );
  });

  it("row 43: nothing is swapped while a controller runs that something started again after it was stopped", async () => {
    const scene = new StagedScene();
    await scene.runTo("scale-down-etcd");
    scene.substrate.workloads.workload("Deployment/kube-scheduler").wanted = 1;
    await expect(scene.run("swap")).rejects.toThrow(
      /^the controllers were stopped, and something started them again: .*stop Deployment\/kube-scheduler by hand/,
    );
    expect(scene.substrate.calls.of(/ swap$/)).toEqual([]);
    expect(scene.phase).toBe("quiesced");
  });

  it("row 17: etcd does not start beside servers that somebody else started", async () => {
    const scene = new StagedScene();
    await scene.runTo("swap");
    scene.substrate.workloads.workload(APISERVER).wanted = 1;
    await expect(scene.run("scale-up-etcd")).rejects.toThrow("something started them again");
    expect(scene.phase).toBe("swapped");
    expect(scene.substrate.calls.of(/workloads.start/)).toEqual([]);
  });

  it("says so when it could not be asked", async () => {
    const scene = new StagedScene();
    await scene.runTo("scale-down-etcd");
    scene.substrate.calls.before(/workloads.still/, () => {
      throw new Error("no answer");
    });
    await expect(scene.run("swap")).rejects.toThrow(
      "namespace uc1: could not ask whether the API servers and etcd are still stopped (no answer)",
    );
  });

  it("defect 2: etcd does not start before nothing of ours holds a volume", async () => {
    const scene = new StagedScene();
    await scene.runTo("swap");
    const { calls, volumes } = scene.substrate;
    volumes.holding.add("kube-etcd-1");
    let looks = 0;
    calls.before(/volumes.held/, () => {
      looks += 1;
      if (looks === 1) volumes.holding.add("kube-etcd-2");
      if (looks === 3) volumes.holding.clear();
    });
    await scene.run("scale-up-etcd");
    const order = calls.of(/volumes.(release|held)|workloads.start/);
    expect(order.slice(-5)).toEqual([
      "volumes.release kube-etcd-0,kube-etcd-1,kube-etcd-2",
      "volumes.held",
      "volumes.held",
      "volumes.held",
      `workloads.start ${ETCD}`,
    ]);
  });

  it("quotes a swap that fails on a volume, and can be run again", async () => {
    const scene = new StagedScene();
    await scene.runTo("scale-down-etcd");
    const volume = scene.substrate.volumes.volume("kube-etcd-1");
    const { staged } = volume;
    volume.staged = undefined;
    await expect(scene.run("swap")).rejects.toThrow(
      /member kube-etcd-1: nothing is staged on this volume.*'pulumi up' goes on/,
    );
    volume.staged = staged;
    await scene.run("swap");
    expect(scene.situation().data).toEqual([0xabcdn, 0xabcdn, 0xabcdn]);
  });

  it("a swap is of one member", async () => {
    const scene = new StagedScene();
    await expect(acts.swap(fakeContext(scene.substrate, { request: {} }))).rejects.toThrow(
      "no member is named",
    );
  });
});
