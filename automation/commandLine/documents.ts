import { Option } from "commander";
import { UserError } from "../../components/errors";
import { printableJson } from "../../snapshot";
import type { CliCommand } from "./cliCommand";
import { writeYaml } from "./writeYaml";

/** Of every JSON or YAML document that a command prints (docs/reference/snapshot.md). Raised when a field changes or goes. */
export const SCHEMA_VERSION = 1;

/** For people, for programs, for both. */
export const formats = ["table", "json", "yaml"] as const;
export type Format = (typeof formats)[number];

/** Options that say how a command prints. */
export interface FormatOptions {
  readonly output?: Format;
  readonly json?: boolean;
}

/** Adds `-o` and, as the same as `-o json`, `--json`. */
export function withFormat(command: CliCommand, byDefault: Format = "table"): CliCommand {
  return command
    .addOption(
      new Option("-o, --output <format>", `how to print, by default as ${byDefault}`).choices([...formats]),
    )
    .option("--json", "the same as -o json");
}

/** @throws UserError when `--json` and another format are asked for */
export function formatOf({ output, json }: FormatOptions, byDefault: Format = "table"): Format {
  if (json !== true) return output ?? byDefault;
  if (output !== undefined && output !== "json")
    throw new UserError(`--json and --output ${output} are two formats.`, "Give one of them.");
  return "json";
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints a document for programs; the version of its schema is its first field. */
export function printDocument(format: Exclude<Format, "table">, fields: object): void {
  const document = { schemaVersion: SCHEMA_VERSION, ...fields };
  print(format === "json" ? printableJson(JSON.stringify(document, null, 2)) : writeYaml(document));
}
