import { type Completed, type CompletedCommand, type CompletedOption, everyCommand } from "./completionTree";

/** A script for zsh, of its own `_arguments` and `_describe`. */
export function zshCompletion(root: CompletedCommand): string {
  const name = root.words[0] ?? "";
  return [
    `#compdef ${name}`,
    `# zsh completion for ${name}; made by '${name} completion zsh'`,
    ...everyCommand(root).map(functionOf),
    // Sourced it registers itself; from a file in $fpath it is the function.
    `if [[ "$funcstack[1]" == "_${name}" ]]; then ${functionName(root)} "$@"; else compdef ${functionName(root)} ${name}; fi`,
  ].join("\n");
}

const functionName = ({ words }: CompletedCommand): string => `_${words.join("_").replaceAll("-", "_")}`;

function functionOf(command: CompletedCommand): string {
  const specs = command.options.flatMap(optionSpecs);
  if (command.commands.length === 0) {
    const last = command.arguments.length - 1;
    const given = command.arguments.map(
      (what, n) => `'${command.variadic && n === last ? "*" : n + 1}:${action(what)}'`,
    );
    return lines(command, [`  _arguments -s ${[...specs, ...given].join(" \\\n    ")}`]);
  }
  const described = command.commands.map(({ words, description }) =>
    quoted(`${words.at(-1)}:${description.replaceAll(":", "\\:")}`),
  );
  return lines(command, [
    "  local context state state_descr line",
    "  typeset -A opt_args",
    `  _arguments -C ${[...specs, "'1:command:->command'", "'*::argument:->argument'"].join(" \\\n    ")}`,
    "  case $state in",
    `    command) local -a commands=(${described.join(" ")}); _describe command commands ;;`,
    "    argument)",
    "      case $line[1] in",
    ...command.commands.map((one) => `        ${one.words.at(-1)}) ${functionName(one)} ;;`),
    "      esac ;;",
    "  esac",
  ]);
}

const lines = (command: CompletedCommand, body: readonly string[]): string =>
  [`${functionName(command)}() {`, ...body, "}"].join("\n");

/** `'(-o --output)-o[how to print]:value:(table json yaml)'`, one for each flag; one excludes the other. */
function optionSpecs({ flags, description, value }: CompletedOption): string[] {
  const text = description.replaceAll(/[[\]:\\]/g, "\\$&");
  const excluded = flags.length > 1 ? `(${flags.join(" ")})` : "";
  const takes = value === undefined ? "" : `:${action(value)}`;
  const joined = (flag: string) => (value !== undefined && flag.startsWith("--") ? "=" : "");
  return flags.map((flag) => quoted(`${excluded}${flag}${joined(flag)}[${text}]${takes}`));
}

function action(what: Completed): string {
  if (what.kind === "choices") return `value:(${what.choices.join(" ")})`;
  return what.kind === "files" ? "file:_files" : "value: ";
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
