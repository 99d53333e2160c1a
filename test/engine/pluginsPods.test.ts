import { setTimeout as sleep } from "node:timers/promises";
import * as k8s from "@pulumi/kubernetes";
import type { Stack } from "@pulumi/pulumi/automation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nameOf } from "../../lab/plugins/kubernetes/objects";
import { isArray, isMap, type PropertyMap } from "../../lab/plugins/rpc/values";
import { ApiServer } from "./pluginsApiServer";
import { EngineRecord, TestHome } from "./pluginsHome";

/** How Pods and Jobs are awaited. No kubelet runs: each test says what one would say. */
let home: TestHome;
let server: ApiServer;
beforeAll(async () => {
  [home, server] = await Promise.all([TestHome.open(), ApiServer.start()]);
});
afterAll(async () => {
  await server?.stop();
  await home?.remove();
});

const container = { name: "main", image: "example/none:1", command: ["sleep", "1"] };
const conditions = (ready: boolean): PropertyMap[] => [
  { type: "PodScheduled", status: "True" },
  { type: "Initialized", status: "True" },
  {
    type: "Ready",
    status: ready ? "True" : "False",
    reason: "ContainersNotReady",
    message: "containers with unready status: [main]",
  },
];
const running: PropertyMap = { phase: "Running", conditions: conditions(true) };
const succeeded: PropertyMap = { phase: "Succeeded", conditions: conditions(false) };
const failed: PropertyMap = { phase: "Failed", conditions: conditions(false) };
const unschedulable: PropertyMap = {
  phase: "Pending",
  conditions: [
    { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/3 nodes are available" },
  ],
};
const noImage: PropertyMap = {
  phase: "Pending",
  conditions: conditions(false),
  containerStatuses: [
    {
      name: "main",
      image: "example/none:1",
      imageID: "",
      ready: false,
      restartCount: 0,
      state: { waiting: { reason: "ErrImageNeverPull", message: "Container image is not present" } },
    },
  ],
};

async function pods(prefix: string): Promise<PropertyMap[]> {
  const { items } = await server.call("GET", "/api/v1/namespaces/default/pods");
  return (isArray(items) ? items : []).filter(isMap).filter((pod) => nameOf(pod).startsWith(prefix));
}

/** Waits for a Pod of a resource and gives it the states, one after the other. */
async function play(resource: string, states: readonly PropertyMap[]): Promise<string> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const [pod] = await pods(`${resource}-`);
    if (pod !== undefined) {
      for (const state of states) {
        await server.setPodStatus("default", nameOf(pod), state);
        await sleep(100);
      }
      return nameOf(pod);
    }
    await sleep(100);
  }
  throw new Error(`no Pod of ${resource} was made`);
}

function podStack(
  name: string,
  args: () => { timeout?: string; image?: string; annotations?: Record<string, string> },
): Promise<Stack> {
  return home.stack(name, async () => {
    const provider = new k8s.Provider("k8s", { kubeconfig: server.kubeconfig });
    const { timeout, image, annotations } = args();
    const spec = { restartPolicy: "Never", containers: [{ ...container, image: image ?? container.image }] };
    const metadata = annotations === undefined ? {} : { annotations };
    const options = timeout === undefined ? {} : { customTimeouts: { create: timeout, update: timeout } };
    new k8s.core.v1.Pod(name, { metadata, spec }, { provider, ...options });
  });
}

describe("a Pod", () => {
  it("is created when it runs and is ready; completed later, it is no change (facts vii, xxii)", async () => {
    const stack = await podStack("ready", () => ({}));
    const up = stack.up();
    const pod = await play("ready", [unschedulable, running]);
    await up;
    await server.setPodStatus("default", pod, succeeded);
    const record = new EngineRecord();
    await stack.up({ refresh: true, onEvent: record.onEvent });
    expect(record.changes.filter((change) => change.endsWith(" ready"))).toEqual([]);
    await stack.up({ expectNoChanges: true });
    await stack.destroy();
    expect(await pods("ready-")).toEqual([]);
  });

  it("is created when it has succeeded without ever having been seen ready (fact vii)", async () => {
    const stack = await podStack("quick", () => ({}));
    const up = stack.up();
    await play("quick", [succeeded]);
    await up;
    await stack.destroy();
  });

  it("is created when it was ready for a moment and then failed (fact xix)", async () => {
    const stack = await podStack("crashed", () => ({}));
    const up = stack.up();
    await play("crashed", [running, failed]);
    await up;
    await stack.destroy();
  });

  it("times out without the scheduler's reason, stays in the state, and the next up goes on with it (fact xix)", async () => {
    const stack = await podStack("stuck", () => ({ timeout: "3s" }));
    const record = new EngineRecord();
    const up = stack.up({ onEvent: record.onEvent });
    up.catch(() => undefined);
    const pod = await play("stuck", [unschedulable]);
    await expect(up).rejects.toThrow();
    expect(record.text).toContain(`'${pod}' timed out waiting to be Ready`);
    const again = new EngineRecord();
    const second = stack.up({ onEvent: again.onEvent });
    await play("stuck", [running]);
    await second;
    expect(again.changes).toEqual(["update stuck"]);
    expect((await pods("stuck-")).map(nameOf)).toEqual([pod]);
    await stack.destroy();
  });

  it("times out with the kubelet's reason when its image is missing; the annotation sets the time", async () => {
    const stack = await podStack("imageless", () => ({ annotations: { "pulumi.com/timeoutSeconds": "3" } }));
    const record = new EngineRecord();
    const up = stack.up({ onEvent: record.onEvent });
    up.catch(() => undefined);
    await play("imageless", [noImage]);
    await expect(up).rejects.toThrow();
    expect(record.text).toContain("ErrImageNeverPull");
    await stack.destroy();
  });

  it("is replaced when its image changes, the new one first; skipAwait waits for nothing", async () => {
    let image = "example/none:1";
    const stack = await podStack("renewed", () => ({
      image,
      annotations: { "pulumi.com/skipAwait": "true" },
    }));
    await stack.up();
    const [old] = await pods("renewed-");
    image = "example/none:2";
    const record = new EngineRecord();
    await stack.up({ onEvent: record.onEvent });
    expect(record.changes).toContain("replace renewed");
    const after = (await pods("renewed-")).map(nameOf);
    expect(after).toHaveLength(1);
    expect(after).not.toContain(old === undefined ? "" : nameOf(old));
    await stack.destroy();
  });
});

describe("a Job", () => {
  const jobStack = (name: string) =>
    home.stack(name, async () => {
      const provider = new k8s.Provider("k8s", { kubeconfig: server.kubeconfig });
      const template = { spec: { restartPolicy: "Never", containers: [container] } };
      new k8s.batch.v1.Job(name, { metadata: { name }, spec: { template } }, { provider });
    });
  const path = (name: string) => `/apis/batch/v1/namespaces/default/jobs/${name}`;

  /** A Job's end, as its controller would write it. */
  async function end(name: string, type: "Complete" | "Failed"): Promise<void> {
    const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    const criterion = type === "Complete" ? "SuccessCriteriaMet" : "FailureTarget";
    const entry = (kind: string) => ({
      type: kind,
      status: "True",
      reason: "Said",
      message: "as the test says",
      lastTransitionTime: now,
    });
    for (let attempt = 0; attempt < 300; attempt++) {
      const job = await server.call("GET", path(name)).catch(() => undefined);
      if (job !== undefined) {
        const completed: PropertyMap =
          type === "Complete" ? { completionTime: now, succeeded: 1 } : { failed: 1 };
        const status = { startTime: now, conditions: [entry(criterion), entry(type)], ...completed };
        await server.call("PATCH", `${path(name)}/status`, { status });
        return;
      }
      await sleep(100);
    }
    throw new Error(`no Job ${name} was made`);
  }

  it("is awaited until it succeeds, and its failure is told at once (fact vii)", async () => {
    const good = await jobStack("good");
    const up = good.up();
    await end("good", "Complete");
    await up;
    await good.destroy();
    const bad = await jobStack("bad");
    const record = new EngineRecord();
    const failing = bad.up({ onEvent: record.onEvent });
    failing.catch(() => undefined);
    await end("bad", "Failed");
    await expect(failing).rejects.toThrow();
    expect(record.text).toContain("as the test says");
    await bad.destroy();
  });
});
