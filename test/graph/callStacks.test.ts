import { expect, it } from "vitest";
import { startMockEngine } from "../support/mockEngine";

it("declares resources without their call stacks; fails when an upgrade of the SDK moves what records them", async () => {
  await startMockEngine();
  const pulumi = await import("@pulumi/pulumi");
  const { withoutCallStacks } = await import("../../components/steps/withoutCallStacks.js");
  const sdk = pulumi.Resource as unknown as { stackTrace: (skip: number) => readonly unknown[] };
  const seen: number[] = [];
  const own = sdk.stackTrace;
  const declare = () => {
    seen.push(sdk.stackTrace(0).length);
    return new pulumi.ComponentResource("test:index:Thing", `thing-${seen.length}`);
  };
  withoutCallStacks(declare);
  declare();
  expect(seen[0]).toBe(0);
  expect(seen[1]).toBeGreaterThan(0);
  expect(sdk.stackTrace).toBe(own);
  expect(() =>
    withoutCallStacks(() => {
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(sdk.stackTrace).toBe(own);
});
