import { Command, InvalidArgumentError } from "commander";

/** What `npm run demo -- …` was asked for. */
export interface DemoOptions {
  /** Name of the lab. Default "demo". */
  readonly name: string;
  /** API servers of the user cluster. Default 3. */
  readonly apiservers: number;
  /** Whether the PodDisruptionBudget exists. Default true. */
  readonly pdb: boolean;
  /** Objects that fill the user cluster. Default 2000. */
  readonly objects: number;
  /** File for the report. Default: none. */
  readonly report?: string;
  /** Whether the lab runs on when the demo has ended. Default false. */
  readonly keep: boolean;
}

/** Reads the command line's arguments, without the program's own name. Ends the process for `--help` and mistakes. */
export function readDemoOptions(argv: readonly string[]): DemoOptions {
  return new Command("npm run demo --")
    .description(
      "Restores a highly available user cluster by `pulumi up`, twice, on a lab that it starts itself.",
    )
    .option("--objects <number>", "Kubernetes objects that fill the user cluster", count, 2000)
    .option("--apiservers <number>", "API servers of the user cluster", count, 3)
    .option("--no-pdb", "without the PodDisruptionBudget kube-apiserver-pdb")
    .option("--report <file>", "write what was measured as JSON")
    .option("--name <lab>", "name of the lab", "demo")
    .option("--keep", "leave the lab and the stacks running at the end", false)
    .parse(argv, { from: "user" })
    .opts<DemoOptions>();
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("Give a whole number above 0.");
  return value;
}
