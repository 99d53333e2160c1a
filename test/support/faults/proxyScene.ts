import { type ChildProcess, spawn } from "node:child_process";
import execa from "execa";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { waitUntil } from "../../../lab/waiting";
import { ApiStandIn } from "./apiStandIn";
import { FaultProxy } from "./faults";
import { ProxiedClient } from "./proxiedClient";

/** A proxy before a stand-in for an API server, and for each test a victim; nothing is there before a test or hook runs. */
export interface ProxyScene {
  readonly api: ApiStandIn;
  readonly faults: FaultProxy;
  readonly client: ProxiedClient;
  readonly victim: ChildProcess;
  /** What the API server was asked since the test began. */
  readonly lines: () => string[];
  readonly isKilled: () => boolean;
  /** Waits until the victim is killed. */
  readonly death: () => Promise<void>;
}

/** Starts the scene before the tests of the describe block that this is called in, and ends it after them. */
export function startProxyScene(): ProxyScene {
  let api: ApiStandIn;
  let faults: FaultProxy;
  let client: ProxiedClient;
  let victim: ChildProcess;

  beforeAll(async () => {
    api = await ApiStandIn.start();
    faults = await FaultProxy.start({
      adminKubeconfig: api.kubeconfig,
      run: ([program = "", ...argv], options) => execa(program, argv, options),
    });
    client = new ProxiedClient(faults.kubeconfig);
  });

  afterAll(async () => {
    await faults?.dispose();
    api?.close();
  });

  beforeEach(() => {
    api.forget();
    faults.disarm();
    victim = spawn("sleep", ["60"]);
    faults.aim(victim.pid ?? 0);
  });

  afterEach(() => {
    victim.kill("SIGKILL");
  });

  const isKilled = () => victim.signalCode === "SIGKILL";

  return {
    get api() {
      return api;
    },
    get faults() {
      return faults;
    },
    get client() {
      return client;
    },
    get victim() {
      return victim;
    },
    lines: () => api.seen.map(({ line }) => line),
    isKilled,
    death: () => waitUntil({ what: "the victim to die", timeoutSeconds: 5 }, async () => isKilled()),
  };
}
