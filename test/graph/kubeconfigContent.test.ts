import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { componentScene, kubeconfigText } from "../support/componentScene";
import { type MockEngine, startMockEngine } from "../support/mockEngine";

const scene = componentScene();
const token = "S3cretToken";

/** How the SDK marks a secret on its way to the engine. */
const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

describe("a kubeconfig's content", () => {
  let engine: MockEngine;
  const of = (type: string) => engine.registrations.filter((one) => one.type === type);

  beforeAll(async () => {
    engine = await startMockEngine(() => ({ stdout: "{}", stderr: "" }));
    const { HostedRestore } = await import("../../components/restore/hostedRestore.js");
    const restore = new HostedRestore("restore", {
      cluster: { name: "uc1", adminKubeconfig: kubeconfigText, userKubeconfig: scene.kubeconfig },
      id: "r1",
      utilityImage: "example/etcd-util:1",
      snapshot: scene.snapshot,
    });
    await new Promise((resolve) => restore.report.apply(resolve));
    await engine.settled();
  });
  afterAll(() => scene.remove());

  it("reaches steps by standard input, as a secret", () => {
    const steps = of("command:local:Command");
    expect(steps.length).toBeGreaterThan(10);
    for (const { inputs } of steps) {
      expect(inputs.stdin).toMatchObject(secret);
      expect(JSON.stringify(inputs.stdin)).toContain(token);
      const { stdin: _, ...plain } = inputs;
      expect(JSON.stringify(plain)).not.toContain(token);
      const { ETCD_RECOVERY_ARGUMENTS: told = "" } = inputs.environment as Record<string, string>;
      expect(JSON.parse(told).substrate).toMatchObject({
        adminKubeconfig: "/dev/stdin",
        userKubeconfig: scene.kubeconfig,
      });
    }
  });

  it("reaches the provider as a secret, and nothing else", () => {
    const [provider] = of("pulumi:providers:kubernetes");
    expect(provider?.inputs.kubeconfig).toMatchObject(secret);
    const others = engine.registrations.filter(
      ({ type }) => type !== "pulumi:providers:kubernetes" && type !== "command:local:Command",
    );
    expect(JSON.stringify(others)).not.toContain(token);
  });
});
