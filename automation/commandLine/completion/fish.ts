import { type Completed, type CompletedCommand, type CompletedOption, everyCommand } from "./completionTree";

/** A script for fish: one `complete` for each command, option and argument. */
export function fishCompletion(root: CompletedCommand): string {
  const name = root.words[0] ?? "";
  return [
    `# fish completion for ${name}; made by '${name} completion fish'`,
    `complete -c ${name} -f`,
    ...everyCommand(root).flatMap((command) => linesOf(name, command)),
  ].join("\n");
}

function linesOf(name: string, { words, commands, options, arguments: given }: CompletedCommand): string[] {
  const [, ...own] = words;
  const seen = own.map((word) => `__fish_seen_subcommand_from ${word}`);
  const none = commands.map(({ words: w }) => w.at(-1)).join(" ");
  const here = [...seen, ...(commands.length > 0 ? [`not __fish_seen_subcommand_from ${none}`] : [])];
  const start = `complete -c ${name} -n ${quoted(here.join("; and ") || "true")}`;
  return [
    ...commands.map(({ words: w, description }) => `${start} -a ${w.at(-1)} -d ${quoted(description)}`),
    ...options.map((option) => `${start}${flagsOf(option)} -d ${quoted(option.description)}`),
    // fish does not count arguments: where one is a file, files are offered
    ...(given.some(({ kind }) => kind === "files") ? [`${start} -F`] : []),
    ...given.flatMap((what) =>
      what.kind === "choices" ? [`${start} -a ${quoted(what.choices.join(" "))}`] : [],
    ),
  ];
}

function flagsOf({ flags, value }: CompletedOption): string {
  const words = flags.map((flag) =>
    flag.startsWith("--") ? ` -l ${flag.slice(2)}` : ` -s ${flag.slice(1)}`,
  );
  return `${words.join("")}${value === undefined ? "" : taken(value)}`;
}

function taken(value: Completed): string {
  if (value.kind === "files") return " -r -F";
  return value.kind === "choices" ? ` -x -a ${quoted(value.choices.join(" "))}` : " -x";
}

const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
