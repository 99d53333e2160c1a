import { local } from "@pulumi/command";
import { expect, it } from "vitest";
import { startMockEngine } from "../support/mockEngine";

it("records what the SDK's monitor is told; fails when an upgrade of the SDK moves it", async () => {
  const engine = await startMockEngine();
  const first = new local.Command("first", { create: "true" });
  new local.Command(
    "second",
    { create: "true" },
    { dependsOn: [first], deleteBeforeReplace: true, parent: first },
  );
  await engine.settled();
  expect(engine.registrations).toMatchObject([
    {
      name: "first",
      type: "command:local:Command",
      parent: undefined,
      dependsOn: [],
      deleteBeforeReplace: false,
    },
    {
      name: "second",
      parent: "first",
      dependsOn: ["first"],
      deleteBeforeReplace: true,
      inputs: { create: "true" },
    },
  ]);
  expect([...engine.before("second")]).toEqual(["first"]);
});
