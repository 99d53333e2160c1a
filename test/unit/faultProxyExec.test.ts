import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { waitUntil } from "../../lab/waiting";
import { startProxyScene } from "../support/faults/proxyScene";

describe("the proxy that makes faults of an exec", () => {
  const scene = startProxyScene();
  const { lines, isKilled, death } = scene;

  const input = [randomBytes(600), randomBytes(70_000), randomBytes(3)];
  const sent = Buffer.concat(input);
  const send = () => scene.client.exec("transfer", "u0", ["/bin/sh", "-c", "cat\n> x"], input);
  const run = () => scene.client.exec("swap", "u0", ["/etcd-recovery/swap.sh"]);
  const well = { end: "1005", output: `${sent.length} bytes` };

  it("passes on streams both ways, and refusals of the API server", async () => {
    expect(await send()).toEqual(well);
    expect(scene.api.input.equals(sent)).toBe(true);
    expect(await run()).toEqual({ end: "1005", output: "done" });
    expect((await scene.client.exec("swap", "forbidden", ["x"])).end).toBe("status 403");
    expect(scene.faults.calls()).toEqual([
      "transfer: exec u0 -c utility -- /bin/sh -c cat > x",
      "swap: exec u0 -c utility -- /etcd-recovery/swap.sh",
      "swap: exec forbidden -c utility -- x",
    ]);
  });

  it.each([
    ["refuse", "status 503", 0, false],
    ["reset", "1006", 0, false],
    ["kill", "1006", 0, true],
    ["reset-after", "1006", 1, false],
    ["kill-after", "1006", 1, true],
  ] as const)("%s", async (action, end, times, kills) => {
    scene.faults.arm(action, "swap: exec * /etcd-recovery/swap.sh");
    expect(await run()).toEqual({ end, output: "" });
    expect(lines()).toHaveLength(times);
    if (kills) await death();
    else expect(isKilled()).toBe(false);
  });

  it("reset-after: with its whole standard input", async () => {
    scene.faults.arm("reset-after", "transfer: *");
    expect(await send()).toEqual({ end: "1006", output: "" });
    expect(scene.api.input.equals(sent)).toBe(true);
  });

  it.each([
    ["waiting", { end: "1005", output: "done" }],
    ["gone", { end: "1006", output: "" }],
  ])("kill-late, its client %s", async (which, end) => {
    scene.faults.arm("kill-late", "swap: *");
    const leave = new AbortController();
    const ran = scene.client.exec("swap", "u0", ["/etcd-recovery/swap.sh"], undefined, leave.signal);
    await death();
    if (which === "gone") leave.abort();
    await sleep(100);
    expect(lines()).toEqual([]);
    scene.faults.release();
    expect(await ran).toEqual(end);
    await waitUntil({ what: "the late exec", timeoutSeconds: 5 }, async () => lines().length === 1);
  });

  it("flip: changes one byte", async () => {
    scene.faults.arm("flip", "transfer: exec *");
    expect(await send()).toEqual(well);
    const changed = [...scene.api.input.keys()].filter((n) => scene.api.input[n] !== sent[n]);
    expect(changed).toEqual([599]);
  });

  it("cut: some of the standard input arrives, and never its end", async () => {
    scene.faults.arm("cut", "transfer: exec *");
    expect(await send()).toEqual({ end: "1006", output: "" });
    // An unfinished frame counts for nothing.
    expect(scene.api.input.equals(sent.subarray(0, 600))).toBe(true);
  });

  it("unplug: runs its script in the midst of the standard input, or ahead of a request", async () => {
    scene.faults.unplugBy(`kill -9 ${scene.victim.pid}; sleep 0.3`);
    scene.faults.arm("unplug", "transfer: exec *");
    expect(await send()).toEqual(well);
    expect(scene.api.input.equals(sent)).toBe(true);
    await death();
    const began = performance.now();
    scene.faults.arm("unplug", "guard: *");
    expect(await scene.client.ask("guard", "GET", "pods")).toMatch(/^200 /);
    expect(performance.now() - began).toBeGreaterThan(250);
  });

  it("by SPDY: passes bytes as they are, and can be cut", async () => {
    const echo = async () => {
      const socket = await scene.client.spdy("u0");
      socket.write(sent);
      const chunks: Buffer[] = [];
      socket.on("data", (chunk) => {
        chunks.push(chunk);
        if (Buffer.concat(chunks).length === sent.length) socket.end();
      });
      await once(socket, "close");
      return Buffer.concat(chunks);
    };
    expect((await echo()).equals(sent)).toBe(true);
    scene.api.forget();
    scene.faults.arm("cut", "kubectl: exec u0 -- cat");
    await echo();
    // What had passed is a beginning of it; on a busy machine the connection ends before the server has read all of that.
    const { input } = scene.api;
    expect(input.length).toBeLessThanOrEqual(65_536);
    expect(input.equals(sent.subarray(0, input.length))).toBe(true);
  });
});
