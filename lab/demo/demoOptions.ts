import { Command, InvalidArgumentError, Option } from "commander";
import { UserError } from "../../components/errors";
import { type DemoOptions, type OwnOption, ownOptions, type ScenarioName, scenarioNames } from "./options";
import { scenarios } from "./scenarios";

/**
 * Reads the command line's arguments, without the program's own name. Ends the process for `--help` and mistakes.
 *
 * @throws UserError when an option was given that the scenario does not take
 */
export function readDemoOptions(argv: readonly string[]): DemoOptions {
  const command = new Command("npm run demo --")
    .description("Plays a disaster on a lab that it starts itself, and restores it by `pulumi up`.")
    .addOption(new Option("--scenario <name>", "which one").choices(scenarioNames).default(scenarioNames[0]))
    .option("--objects <number>", "Kubernetes objects that fill the cluster", count, 2000)
    .option("--apiservers <number>", "API servers of the user cluster", count, 3)
    .option("--no-pdb", "without the PodDisruptionBudget kube-apiserver-pdb")
    .option("--report <file>", "write what was measured as JSON")
    .option("--name <lab>", "name of the lab", "demo")
    .option("--keep", "leave the lab and the stacks running at the end", false)
    .addHelpText("after", `\n${scenarioNames.map(describe).join("\n")}`)
    .parse(argv, { from: "user" });
  const options = command.opts<DemoOptions>();
  const given = ownOptions.filter((name) => command.getOptionValueSource(name) === "cli");
  assertFitting(options.scenario, given);
  return options;
}

function assertFitting(scenario: ScenarioName, given: readonly OwnOption[]): void {
  const { options } = scenarios[scenario];
  const unfit = given.find((name) => !options.includes(name));
  if (unfit === undefined) return;
  const fitting = scenarioNames.filter((name) => scenarios[name].options.includes(unfit));
  throw new UserError(
    `${flagOf(unfit)}: the scenario ${scenario} takes no such option.`,
    `Leave it out, or choose: --scenario ${fitting.join("|")}`,
  );
}

function describe(name: ScenarioName): string {
  const { title, options } = scenarios[name];
  const own = options.length === 0 ? "" : ` (its own options: ${options.map(flagOf).join(", ")})`;
  return `${name}: ${title}${own}`;
}

const flagOf = (name: OwnOption): string => (name === "pdb" ? "--no-pdb" : `--${name}`);

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("Give a whole number above 0.");
  return value;
}
