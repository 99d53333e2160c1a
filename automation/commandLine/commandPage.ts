import type { Argument, Command, Option } from "commander";
import { CliCommand, callOf } from "./cliCommand";

/** The command line as a page of the documentation: Markdown, one section a command; made from the command line itself. */
export function commandPage(root: Command): string {
  return `${everyCommand(root).map(section).join("\n\n")}\n`;
}

function everyCommand(command: Command): readonly Command[] {
  const below = command.createHelp().visibleCommands(command);
  return [command, ...below.flatMap(everyCommand)];
}

function section(command: Command): string {
  const call = callOf(command);
  const help = command.createHelp();
  const parts = [
    `## ${call}`,
    `${command.description()}.`.replace(/\.\.$/, "."),
    block("sh", [`${call} ${command.usage()}`]),
    table(
      ["argument", "meaning"],
      help.visibleArguments(command).map((one) => [`\`${one.name()}\``, argumentText(one)]),
    ),
    table(
      ["option", "meaning"],
      help.visibleOptions(command).map((one) => [`\`${one.flags}\``, optionText(one)]),
    ),
    ...(command instanceof CliCommand
      ? [
          block("sh", command.examples),
          table(
            ["exit code", "meaning"],
            command.exitMeanings.map(({ code, meaning }) => [String(code), meaning]),
          ),
        ]
      : []),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

const choices = (list: readonly string[] | undefined): string =>
  list === undefined ? "" : `: ${list.map((one) => `\`${one}\``).join(", ")}`;
const argumentText = ({ description, argChoices }: Argument): string => description + choices(argChoices);
const optionText = ({ description, argChoices, defaultValue }: Option): string =>
  description + choices(argChoices) + (defaultValue === undefined ? "" : `; default: \`${defaultValue}\``);

function block(language: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `\`\`\`${language}\n${lines.join("\n")}\n\`\`\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}
