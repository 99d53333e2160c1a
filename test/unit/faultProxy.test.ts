import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { waitUntil } from "../../lab/waiting";
import { ProxiedClient } from "../support/faults/proxiedClient";
import { startProxyScene } from "../support/faults/proxyScene";

describe("the proxy that makes faults", () => {
  const scene = startProxyScene();
  const { lines, isKilled, death } = scene;
  const scale = { spec: { replicas: 0 } };
  const scalePath = "/apis/apps/v1/namespaces/uc1/statefulsets/kube-etcd/scale";
  const scaled = () => scene.client.ask("scale-down-etcd", "PATCH", scalePath, scale);
  const carriedOut = `PATCH ${scalePath} ${JSON.stringify(scale)}`;
  const ok = `200 ${JSON.stringify({ method: "PATCH", bytes: JSON.stringify(scale).length })}`;

  it("passes on requests as the kubeconfig's user, and records those of steps in order", async () => {
    expect(await scaled()).toBe(ok);
    await scene.client.ask("preflight", "GET", "pods?labelSelector=app%3Dkube-etcd&limit=2");
    await scene.client.ask("kubectl", "GET", "/api/v1/namespaces/uc1");
    await scene.client.ask("guard", "POST", "configmaps", { data: "x\n".repeat(300) });
    await scene.client.ask("guard", "GET", "/apis/apps/v1");
    await scene.client.ask("kubectl", "GET", "/apis/apps/v1?timeout=32s");
    await scene.client.ask(undefined, "GET", "pods");
    expect(scene.faults.calls()).toEqual([
      'scale-down-etcd: PATCH statefulsets/kube-etcd/scale {"spec":{"replicas":0}}',
      "preflight: GET pods?labelSelector=app=kube-etcd&limit=2",
      "kubectl: GET namespaces/uc1",
      expect.stringMatching(/^guard: POST configmaps {"data":"(x\\n)+x?\\?$/),
      "guard: GET /apis/apps/v1",
    ]);
    expect(scene.faults.calls()[3]).toHaveLength("guard: POST configmaps ".length + 300);
    expect(lines()[0]).toBe(carriedOut);
    expect(lines()).toHaveLength(7);
    expect(scene.api.seen.map(({ certificate }) => certificate)).toEqual(Array(7).fill("admin"));
  });

  it("gives a kubeconfig like the lab's that only its owner reads, and one with another user", async () => {
    const [own, other] = [scene.faults.kubeconfig, await scene.faults.kubeconfigWith({ token: "t0" })];
    for (const path of [own, other]) expect(statSync(path).mode & 0o777).toBe(0o600);
    const config = parse(readFileSync(own, "utf8"));
    expect(config["current-context"]).toBe("lab");
    expect(config.clusters[0].cluster.server).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    await new ProxiedClient(other).ask("guard", "GET", "pods");
    expect(scene.api.seen).toMatchObject([{ authorization: "Bearer t0", certificate: undefined }]);
  });

  it("passes on a watch at once, event by event", async () => {
    const answer = await scene.client.open("guard", "GET", "pods?watch=true");
    const events = [String(await once(answer, "data")), String(await once(answer, "data"))];
    expect(events).toEqual(["first\n", "second\n"]);
    answer.destroy();
  });

  it.each([
    ["refuse", /^503 .*"message":"injected fault: refuse".*"reason":"ServiceUnavailable"/, false],
    ["reset", /^reset$/, false],
    ["reset-after", /^reset$/, true],
  ] as const)("%s: the second request that matches, and no other", async (action, answer, done) => {
    scene.faults.arm(action, "scale-*: PATCH statefulsets/kube-????/scale *", 2);
    expect(await scaled()).toBe(ok);
    await scene.client.ask("guard", "GET", "pods");
    expect(scene.faults.struck).toBe(false);
    expect(await scaled()).toMatch(answer);
    expect(scene.faults.struck).toBe(true);
    expect(await scaled()).toBe(ok);
    expect(lines().filter((line) => line === carriedOut)).toHaveLength(done ? 3 : 2);
    expect(isKilled()).toBe(false);
  });

  it("every: refuses from the instant on until it is disarmed, whoever else asks", async () => {
    scene.faults.arm("every", "*scale*", 2);
    const answers = [await scaled(), await scaled(), await scaled()];
    expect(answers.map((answer) => answer.slice(0, 3))).toEqual(["200", "503", "503"]);
    expect(await scene.client.ask(undefined, "PATCH", scalePath, scale)).toBe(ok);
    scene.faults.disarm();
    expect(await scaled()).toBe(ok);
  });

  it("counts parallel requests: exactly one is the instant", async () => {
    scene.faults.arm("refuse", "*", 7);
    const answers = await Promise.all(Array.from({ length: 20 }, scaled));
    expect(answers.filter((answer) => answer.startsWith("503"))).toHaveLength(1);
    expect(scene.faults.calls()).toHaveLength(20);
  });

  it("hang: is neither carried out nor answered", async () => {
    scene.faults.arm("hang", "*");
    const answer = await Promise.race([scaled(), sleep(500, "nothing yet")]);
    expect(answer).toBe("nothing yet");
    expect(lines()).toEqual([]);
  });

  it.each([
    ["kill", []],
    ["kill-after", [carriedOut]],
  ] as const)("%s: the victim dies, and the connection ends", async (action, done) => {
    scene.faults.arm(action, "*");
    expect(await scaled()).toBe("reset");
    await death();
    expect(lines()).toEqual(done);
  });

  it.each([
    ["kill-soon", ok, 1000, [carriedOut]],
    ["kill-hung", "reset", 2500, []],
  ] as const)("%s: the victim lives on for a while", async (action, answer, milliseconds, done) => {
    scene.faults.arm(action, "*");
    const asked = scaled();
    await sleep(milliseconds);
    expect(isKilled()).toBe(false);
    expect(await asked).toBe(answer);
    await death();
    expect(lines()).toEqual(done);
  });

  it("kill-late: is carried out when it is released, though another rule is armed and its client is gone", async () => {
    scene.faults.arm("kill-late", "guard: DELETE *");
    const leave = new AbortController();
    const asked = scene.client.open("guard", "DELETE", "pods/p", undefined, leave.signal);
    const gone = expect(asked).rejects.toThrow(/abort/);
    await death();
    leave.abort();
    await gone;
    scene.faults.arm("refuse", "nothing");
    await sleep(200);
    expect(lines()).toEqual([]);
    scene.faults.release();
    await waitUntil({ what: "the late request", timeoutSeconds: 5 }, async () => lines().length === 1);
  });
});
