import { Argument, Command, Option } from "commander";
import { wrapped } from "./wrapped";

/** Of a terminal that is as wide as most; and of an exit code with what is beside it. */
const HELP_COLUMNS = 80;
const CODE_COLUMNS = 7;

/** What one of a command's exit codes means. */
export interface ExitMeaning {
  readonly code: number;
  readonly meaning: string;
}

/**
 * A command whose help has examples and exit codes, and which names everything that is missing at once. An unknown
 * option is named before what is missing: with a mistyped one, the missing one is often the same.
 */
export class CliCommand extends Command {
  readonly examples: string[] = [];
  readonly exitMeanings: ExitMeaning[] = [];
  readonly #neededArguments: { readonly index: number; readonly term: string }[] = [];
  readonly #neededOptions: Option[] = [];
  readonly #ways: (readonly Option[])[] = [];

  constructor(name?: string) {
    super(name);
    this.addHelpText("after", () => this.#after());
  }

  override createCommand(name?: string): CliCommand {
    return new CliCommand(name);
  }

  /** An argument without which the command does nothing, as commander writes it: `<file>`, `<files...>`. */
  needsArgument(term: string, description: string, choices?: readonly string[]): this {
    const argument = new Argument(term, description);
    if (choices !== undefined) argument.choices(choices);
    // commander would stop at the first that is missing
    argument.required = false;
    this.#neededArguments.push({ index: this.registeredArguments.length, term });
    return this.addArgument(argument).usage(this.#usage());
  }

  /** An option without which the command does nothing. */
  needsOption(flags: string, description: string): this {
    const option = new Option(flags, `${description} (required)`);
    this.#neededOptions.push(option);
    return this.addOption(option).usage(this.#usage());
  }

  /**
   * Options without which the command does nothing, all of exactly one of these ways.
   *
   * @param ways of each its options, as flags and description
   */
  needsOneWay(...ways: readonly (readonly (readonly [flags: string, description: string])[])[]): this {
    for (const way of ways) {
      const options = way.map(([flags, description]) => new Option(flags, description));
      this.#ways.push(options);
      for (const option of options) this.addOption(option);
    }
    return this.usage(this.#usage());
  }

  example(line: string): this {
    this.examples.push(line);
    return this;
  }

  /** An exit code of this command, as its help and its page of the reference say it. */
  exits(code: number, meaning: string): this {
    this.exitMeanings.push({ code, meaning });
    this.exitMeanings.sort((a, b) => a.code - b.code);
    return this;
  }

  /**
   * What the command does, once nothing is missing.
   *
   * @param work takes the arguments in their order, then the options
   */
  does<Options, Values extends unknown[]>(
    work: (...values: [...Values, Options]) => Promise<void> | void,
  ): this {
    return this.action(async () => {
      const missing = this.#missing();
      if (missing.length > 0) this.error(`error: missing: ${missing.join(", ")}`);
      this.#oneWay();
      await work(...([...this.processedArgs, this.opts()] as [...Values, Options]));
    });
  }

  /** Ends unless all options of one way are given, and none of another. */
  #oneWay(): void {
    if (this.#ways.length === 0) return;
    const isGiven = (option: Option) => isThere(this.getOptionValue(option.attributeName()));
    const begun = this.#ways.filter((way) => way.some(isGiven));
    const [way, other] = begun;
    if (way !== undefined && other !== undefined)
      this.error(`error: ${way.find(isGiven)?.long} and ${other.find(isGiven)?.long}: only one of the two`);
    const lacking = (begun.length === 0 ? this.#ways : begun).map((options) =>
      options
        .filter((option) => !isGiven(option))
        .map(termOf)
        .join(", "),
    );
    if (lacking.some((terms) => terms !== "")) this.error(`error: missing: ${lacking.join("; or: ")}`);
  }

  #missing(): string[] {
    return [
      ...this.#neededArguments
        .filter(({ index }) => !isThere(this.processedArgs[index]))
        .map(({ term }) => term),
      ...this.#neededOptions
        .filter((option) => !isThere(this.getOptionValue(option.attributeName())))
        .map(termOf),
    ];
  }

  #usage(): string {
    const terms = new Map(this.#neededArguments.map(({ index, term }) => [index, term]));
    const args = this.registeredArguments.map((one, index) => terms.get(index) ?? optionalTerm(one));
    const ways = this.#ways.flatMap(([first]) => (first === undefined ? [] : [`${shortTermOf(first)} ...`]));
    const oneOf = ways.length === 0 ? [] : [`(${ways.join(" | ")})`];
    return ["[options]", ...args, ...this.#neededOptions.map(shortTermOf), ...oneOf].join(" ");
  }

  #after(): string {
    const examples = this.examples.map((line) => `  ${line}`).join("\n");
    const codes = this.exitMeanings.map(({ code, meaning }) => {
      return `  ${code}`.padEnd(CODE_COLUMNS) + wrapped(meaning, HELP_COLUMNS, CODE_COLUMNS);
    });
    return `\nExamples:\n${examples}\n\nExit codes:\n${codes.join("\n")}`;
  }
}

const isThere = (value: unknown) => value !== undefined && !(Array.isArray(value) && value.length === 0);
const optionalTerm = (argument: Argument): string => `[${argument.name()}${argument.variadic ? "..." : ""}]`;
/** `--namespace <name>` */
const termOf = ({ long, flags }: Option): string => `${long} ${flags.split(" ").at(-1)}`;
const shortTermOf = ({ short, long, flags }: Option): string => `${short ?? long} ${flags.split(" ").at(-1)}`;

/** The words with which a command is called. */
export function callOf(command: Command): string {
  return command.parent === null ? command.name() : `${callOf(command.parent)} ${command.name()}`;
}
