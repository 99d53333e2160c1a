import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { scenarios } from "../../lab/demo/scenarios";
import { provideAgentImage } from "../../lab/images/agentImage";
import { provideDescriptors } from "../../lab/images/descriptors";
import { scratchDirectory } from "../support/testSnapshot";

const clone = scratchDirectory();
afterAll(() => rmSync(clone, { recursive: true, force: true }));

it("a clone has its descriptors made once", async () => {
  const generated = join(clone, "snapshot/generated");
  let made = 0;
  const generate = async () => {
    made += 1;
    mkdirSync(generated, { recursive: true });
    writeFileSync(join(generated, "kubernetes.json"), "{}");
  };
  for (const _ of [1, 2]) await provideDescriptors(() => undefined, clone, generate);
  expect(made).toBe(1);
});

it("the demo of backups has its image made where it can be fetched for", () => {
  expect(scenarios.backup.prepare).toBe(provideAgentImage);
});
