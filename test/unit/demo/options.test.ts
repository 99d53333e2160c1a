import { describe, expect, it } from "vitest";
import { readDemoOptions } from "../../../lab/demo/demoOptions";
import { type OwnOption, scenarioNames } from "../../../lab/demo/options";
import { scenarios } from "../../../lab/demo/scenarios";

/** Each option as it is given. */
const givenOptions: Readonly<Record<OwnOption, readonly string[]>> = {
  objects: ["--objects", "50"],
  apiservers: ["--apiservers", "2"],
  pdb: ["--no-pdb"],
};

describe("readDemoOptions", () => {
  it("has defaults for everything", () => {
    expect(readDemoOptions([])).toEqual({
      scenario: "hosted",
      name: "demo",
      objects: 2000,
      apiservers: 3,
      pdb: true,
      keep: false,
    });
  });

  it("reads the variants", () => {
    expect(
      readDemoOptions(["--apiservers", "2", "--no-pdb", "--objects", "50", "--report", "r.json", "--keep"]),
    ).toMatchObject({ apiservers: 2, pdb: false, objects: 50, report: "r.json", keep: true });
  });

  it.each(
    scenarioNames.flatMap((scenario) =>
      Object.keys(givenOptions)
        .filter((option) => !scenarios[scenario].options.includes(option as OwnOption))
        .map((option) => [scenario, option as OwnOption] as const),
    ),
  )("refuses for the scenario %s the option %s of another", (scenario, option) => {
    const argv = givenOptions[option];
    expect(() => readDemoOptions(["--scenario", scenario, ...argv])).toThrow(
      `${argv[0]}: the scenario ${scenario} takes no such option. Leave it out, or choose: --scenario hosted`,
    );
  });

  it.each(scenarioNames)("takes of the scenario %s its own options", (scenario) => {
    const argv = scenarios[scenario].options.flatMap((option) => givenOptions[option]);
    expect(readDemoOptions(["--scenario", scenario, ...argv]).scenario).toBe(scenario);
  });
});
