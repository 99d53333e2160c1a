import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { phaseTable } from "../../../components/procedure/phaseTable";

it("docs/reference/phases.md is what the table of phases says", () => {
  const page = readFileSync(join(__dirname, "../../../docs/reference/phases.md"), "utf8");
  expect(page.slice(page.indexOf("## "))).toBe(phaseTable());
});
