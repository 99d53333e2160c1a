import { describe, expect, it } from "vitest";
import { StagedScene, shortWaits } from "./stagedScene";

shortWaits();

const ETCD = "StatefulSet/kube-etcd";
const APISERVER = "StatefulSet/kube-apiserver";
const MANAGER = "Deployment/kube-controller-manager";
const SCHEDULER = "Deployment/kube-scheduler";

describe("scale-up-etcd", () => {
  it("waits until every member answers and knows a leader, else names those without a place, and why", async () => {
    const scene = new StagedScene();
    await scene.runTo("swap");
    scene.substrate.etcd.member("kube-etcd-1").role = "no-leader";
    await expect(scene.run("scale-up-etcd")).rejects.toThrow(
      /did not start as a set of 3; without a place in it: kube-etcd-1\. Mend what their logs say/,
    );
    expect(scene.lines).toContain("its Pod does not start");
    scene.substrate.etcd.member("kube-etcd-1").role = undefined;
    await scene.run("scale-up-etcd");
    expect(scene.lines.at(-1)).toBe("etcd: 3 of 3 members answer");
  });

  it("ends the wait early when members crash again and again", { timeout: 60_000 }, async () => {
    process.env.START_SECONDS = "600";
    const scene = new StagedScene();
    await scene.runTo("swap");
    scene.substrate.workloads.workload(ETCD).crashing = true;
    const began = Date.now();
    await expect(scene.run("scale-up-etcd")).rejects.toThrow("did not start as a set");
    expect(Date.now() - began).toBeLessThan(60_000);
  });

  it("makes crashed instances anew before it starts them, once their cause was mended", async () => {
    const scene = new StagedScene();
    await scene.runTo("scale-up-etcd");
    const order = scene.substrate.calls.of(/renew|workloads.start/);
    expect(order).toEqual([`workloads.renew ${ETCD}`, `workloads.start ${ETCD}`]);
  });
});

describe("scale-up-apiservers", () => {
  it("row 33: says how many are ready and why not more", async () => {
    const scene = new StagedScene();
    await scene.runTo("verify-etcd");
    scene.substrate.workloads.workload(APISERVER).healthy = 1;
    await expect(scene.run("scale-up-apiservers")).rejects.toThrow(
      /API servers: 1 of 3 are ready \(why: above\).*'pulumi destroy' goes back to the previous data/,
    );
    expect(scene.lines).toContain("its Pod does not start");
  });

  it("waits for as many as were found ready, and reports the rest", async () => {
    const scene = new StagedScene({}, ({ workloads }) => {
      workloads.workload(APISERVER).healthy = 2;
    });
    await scene.runTo("verify-etcd");
    expect(await scene.run("scale-up-apiservers")).toEqual({
      warnings: ["StatefulSet kube-apiserver: 2 of 3 ready, as it was found"],
    });
  });

  it("waits for no more than an autoscaler wants, but for one at least", async () => {
    const scene = new StagedScene();
    await scene.runTo("verify-etcd");
    const servers = scene.substrate.workloads.workload(APISERVER);
    let wanted = 0;
    scene.substrate.calls.before(/^workloads.readiness StatefulSet.kube-apiserver/, () => {
      Object.assign(servers, { wanted, autoscaled: true });
    });
    await expect(scene.run("scale-up-apiservers")).rejects.toThrow("API servers: 0 of 3 are ready");
    wanted = 2;
    expect(await scene.run("scale-up-apiservers")).toEqual({
      warnings: ["StatefulSet kube-apiserver: 2 of 3 ready, as it was scaled since"],
    });
  });

  it("where nothing could be ready, one that serves is enough when the time is over", async () => {
    const scene = new StagedScene({}, (substrate) => substrate.die());
    const { etcd, workloads } = scene.substrate;
    workloads.workload(ETCD).healthy = 3;
    workloads.workload(APISERVER).healthy = 1;
    for (const member of etcd.of.values()) member.silent = false;
    await scene.runTo("verify-etcd");
    expect(await scene.run("scale-up-apiservers")).toEqual({
      warnings: ["StatefulSet kube-apiserver: 1 of 3 ready"],
    });
    workloads.workload(APISERVER).healthy = 0;
    await expect(scene.run("scale-up-apiservers")).rejects.toThrow("API servers: 0 of 3 are ready");
  });

  it("is done only when the cluster's own address answers", { timeout: 90_000 }, async () => {
    const scene = new StagedScene();
    await scene.runTo("verify-etcd");
    const { calls } = scene.substrate;
    let looks = 0;
    calls.before(/userApi.answers/, () => {
      looks += 1;
      if (looks < 3) throw new Error("connection refused");
    });
    await scene.run("scale-up-apiservers");
    expect(looks).toBe(3);
  });

  it("says that the address was not asked when no kubeconfig for it is known", async () => {
    const scene = new StagedScene();
    scene.substrate.userApi.known = false;
    await scene.runTo("scale-up-apiservers");
    expect(scene.lines).toContain("no userKubeconfig: the user cluster's own address was not asked");
  });
});

describe("start-controllers", () => {
  const committed = async (prepare?: ConstructorParameters<typeof StagedScene>[1]) => {
    const scene = new StagedScene({}, prepare);
    await scene.runTo("commit");
    return scene;
  };

  it("hands the leases over, starts, and sees them renewed", async () => {
    const scene = await committed(({ workloads }) => {
      workloads.others = [
        { name: "Deployment/operator", why: "kubeconfig" },
        { name: "Deployment/idle", why: "idle" },
        { name: "DaemonSet/metrics", namespace: "monitoring", why: "none" },
      ];
    });
    const result = (await scene.run("start-controllers")) as Record<string, unknown[]>;
    expect(result.workloads).toEqual([
      { name: MANAGER, done: "stopped", why: "stopped before the swap, started last: 1" },
      { name: SCHEDULER, done: "stopped", why: "stopped before the swap, started last: 1" },
      { name: "Deployment/etcd-defrag", done: "stopped", why: "stopped before the swap, started last: 1" },
      { name: "Deployment/operator", done: "restarted", why: "it may watch the user cluster" },
      { name: "Deployment/idle", done: "left", why: "it is at 0 replicas" },
      {
        ...{ name: "DaemonSet/metrics", done: "left" },
        why: "in namespace monitoring: nothing in it names a kubeconfig",
      },
    ]);
    expect(result.leases).toEqual([
      { name: "kube-controller-manager", renewed: expect.any(String) },
      { name: "kube-scheduler", renewed: expect.any(String) },
    ]);
    expect(result.warnings).toEqual([]);
    const order = scene.substrate.calls.of(/releaseLease|workloads.start Deployment/);
    expect(order.map((call) => call.split(" ")[0])).toEqual([
      "userApi.releaseLease",
      "userApi.releaseLease",
      "workloads.start",
      "workloads.start",
    ]);
  });

  it("takes no lease from a controller that lives", async () => {
    const scene = await committed();
    scene.substrate.workloads.workload(MANAGER).wanted = 1;
    await expect(scene.run("start-controllers")).rejects.toThrow(
      "kube-controller-manager does not renew its lease",
    );
    expect(scene.substrate.calls.of(/releaseLease/)).toEqual(["userApi.releaseLease kube-scheduler"]);
  });

  it("row 34: one that runs and renews nothing is named", async () => {
    const scene = await committed();
    scene.substrate.userApi.taken = false;
    await expect(scene.run("start-controllers")).rejects.toThrow(
      /kube-controller-manager does not renew its lease \(last: 2026-01-01T00:00:00Z\): it runs and does nothing\. look at Deployment\/kube-controller-manager/,
    );
  });

  it("one that works without being elected is asked for no lease, though an old one lies there", async () => {
    const scene = await committed(({ workloads }) => {
      for (const name of [MANAGER, SCHEDULER]) workloads.workload(name).unelected = true;
    });
    scene.substrate.userApi.taken = false;
    expect(await scene.run("start-controllers")).toMatchObject({ leases: [], warnings: [] });
    expect(scene.substrate.calls.of(/Lease/)).toEqual([]);
  });

  it("one that was found sick is started and reported, and neither it nor its lease is waited for", async () => {
    process.env.START_SECONDS = "60";
    const scene = await committed(({ workloads, userApi }) => {
      workloads.workload(SCHEDULER).healthy = 0;
      userApi.leases.delete("kube-scheduler");
    });
    const began = Date.now();
    expect(await scene.run("start-controllers")).toMatchObject({
      leases: [{ name: "kube-controller-manager" }],
      warnings: ["Deployment kube-scheduler: 0 of 1 ready, as it was found"],
    });
    expect(Date.now() - began).toBeLessThan(5000);
    expect(scene.substrate.workloads.workload(SCHEDULER).wanted).toBe(1);
  });

  it("one that was ready and does not come up fails, and the cluster serves", async () => {
    const scene = await committed();
    scene.substrate.workloads.workload(SCHEDULER).healthy = 0;
    await expect(scene.run("start-controllers")).rejects.toThrow(
      "not all running (why: above): Deployment kube-scheduler: 0 of 1 ready; the user cluster itself serves",
    );
    expect(scene.lines).toContain("its Pod does not start");
  });

  it("reports what could not be seen", async () => {
    const silent = await committed();
    silent.substrate.calls.before(/leaseRenewed/, () => {
      throw new Error("forbidden");
    });
    expect(await silent.run("start-controllers")).toMatchObject({
      leases: [],
      warnings: ["leases in kube-system could not be read: whether the controllers work was not seen"],
    });
    const without = await committed(({ userApi }) => userApi.leases.delete("kube-scheduler"));
    expect(await without.run("start-controllers")).toMatchObject({
      leases: [{ name: "kube-controller-manager" }],
      warnings: ["kube-scheduler holds no lease in kube-system: whether it works was not seen"],
    });
  });

  it("reports what was restarted and does not run, and what could not be restarted", async () => {
    const scene = await committed(({ workloads, calls }) => {
      workloads.others = [
        { name: "Deployment/lame", why: "kubeconfig" },
        { name: "Deployment/stuck", why: "kubeconfig" },
      ];
      workloads.restart = (name) =>
        calls.make(`restart ${name}`, () => {
          if (name === "Deployment/stuck") throw new Error("forbidden");
          return { ready: 0, wanted: 2 };
        });
    });
    expect(await scene.run("start-controllers")).toMatchObject({
      warnings: [
        "Deployment/lame was restarted and does not run whole since: 0 of 2 ready",
        "Deployment/stuck could not be restarted: it may act on what it knew before the restore",
      ],
    });
  });
});
