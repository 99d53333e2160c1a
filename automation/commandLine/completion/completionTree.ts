import type { Command, Help, Option } from "commander";

/** What may be completed after an option or as an argument. */
export type Completed =
  | { readonly kind: "choices"; readonly choices: readonly string[] }
  | { readonly kind: "files" }
  /** Only the person knows it: a name, a number. */
  | { readonly kind: "none" };

/** An option as shells complete it. */
export interface CompletedOption {
  /** e.g. "-o", "--output" */
  readonly flags: readonly string[];
  readonly description: string;
  /** Undefined for one that takes no value. */
  readonly value: Completed | undefined;
}

/** A command as shells complete it. */
export interface CompletedCommand {
  /** The words with which it is called, the program's name first. */
  readonly words: readonly string[];
  readonly description: string;
  readonly commands: readonly CompletedCommand[];
  readonly options: readonly CompletedOption[];
  /** In their order. */
  readonly arguments: readonly Completed[];
  /** The last argument stands for all further ones. */
  readonly variadic: boolean;
}

/** The command line as it is, without what is hidden; no word of what a person types is ever run. */
export function completionTree(command: Command, above: readonly string[] = []): CompletedCommand {
  const help = command.createHelp();
  const words = [...above, command.name()];
  return {
    words,
    description: command.description(),
    commands: help.visibleCommands(command).map((one) => completionTree(one, words)),
    options: help.visibleOptions(command).map((option) => optionOf(help, option)),
    arguments: command.registeredArguments.map((one) => completed(one.argChoices, one.name())),
    variadic: command.registeredArguments.at(-1)?.variadic === true,
  };
}

/** All commands of a tree, its root first. */
export function everyCommand(root: CompletedCommand): readonly CompletedCommand[] {
  return [root, ...root.commands.flatMap(everyCommand)];
}

function optionOf(help: Help, option: Option): CompletedOption {
  const { short, long, flags, argChoices } = option;
  const takes = option.required || option.optional;
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    description: help.optionDescription(option).replace(/ \(choices:.*\)$/, ""),
    value: takes ? completed(argChoices, flags) : undefined,
  };
}

/** Names of files in this command line; whatever else takes a value takes one that only the person knows. */
const fileNames = /\b(file|files|path|before|after)\b/;

function completed(choices: readonly string[] | undefined, name: string): Completed {
  if (choices !== undefined) return { kind: "choices", choices };
  return { kind: fileNames.test(name) ? "files" : "none" };
}
