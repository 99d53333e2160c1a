import { Command, InvalidArgumentError, Option } from "commander";
import { stringify } from "yaml";
import { type FoundObject, type GetOptions, getObject, revisionToJson } from "../../snapshot";
import { ExitCode } from "../exitCode";
import { columns, print, printJson, refuse } from "./output";
import { type CommonOptions, clearProgress, progressLine } from "./progressLine";

interface Options extends CommonOptions {
  readonly revision?: bigint;
  readonly output: "yaml" | "json";
  readonly history?: boolean;
  readonly showManagedFields?: boolean;
}

/** `snapshot get FILE KIND [NAMESPACE/]NAME`: exit code 1 when the file is good and does not hold the object. */
export function getCommand(): Command {
  return new Command("get")
    .description("take one object out of a snapshot")
    .argument("<file>", "a snapshot")
    .argument("<kind>", "such as Deployment, deployments or widgets.example.com")
    .argument("<name>", "NAMESPACE/NAME, or NAME for cluster-scoped objects")
    .option("--revision <n>", "as it was at this revision", parseRevision)
    .addOption(new Option("-o, --output <format>", "format").choices(["yaml", "json"]).default("yaml"))
    .option("--history", "list the revisions of the object that the file holds, not the object")
    .option("--show-managed-fields", "print metadata.managedFields too")
    .option("--allow-unhashed", "accept a file without a digest: nothing proves its bytes then")
    .option("--quiet", "show no progress")
    .action(async (file: string, kind: string, name: string, options: Options) => {
      const wanted = {
        ...split(name),
        kind,
        revision: options.revision,
        allowUnhashed: options.allowUnhashed,
      };
      const found = await getObject(file, wanted as GetOptions, progressLine(file, options));
      clearProgress(options);
      if (!found.valid) {
        refuse(found.problem, false);
        if (found.problem.code === "no-such-object") process.exitCode = ExitCode.failed;
      } else if (options.history === true) printHistory(found, options);
      else printObject(found, options);
    });
}

function parseRevision(text: string): bigint {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("A revision is a whole number.");
  return BigInt(text);
}

function split(name: string): { namespace?: string; name: string } {
  const slash = name.indexOf("/");
  return slash < 0 ? { name } : { namespace: name.slice(0, slash), name: name.slice(slash + 1) };
}

function printHistory({ history }: FoundObject, { output }: Options): void {
  if (output === "json")
    printJson(history.map((entry) => ({ ...entry, revision: revisionToJson(entry.revision) })));
  else print(columns(history.map(({ revision, change }) => [revision.toString(), change])));
}

/** What cannot be decoded is printed as its identity alone, and the reason is said. */
function printObject(found: FoundObject, { output, showManagedFields }: Options): void {
  if (found.reason !== undefined) process.stderr.write(`Identity only: ${found.reason}.\n`);
  const { apiVersion, kind, name, namespace } = found;
  const identity = { apiVersion, kind, metadata: { name, ...(namespace === "" ? {} : { namespace }) } };
  const object = sorted(found.object ?? identity) as Record<string, unknown>;
  if (showManagedFields !== true)
    delete (object.metadata as Record<string, unknown> | undefined)?.managedFields;
  // as kubectl does: JSON indented by four; YAML 1.1, in which a plain `on` is no string
  print(output === "json" ? toJson(object) : stringify(object, { version: "1.1" }).trimEnd());
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted((value as Record<string, unknown>)[key])]));
}

/** JSON as kubectl prints it; integers above 2^53 keep their digits, which `JSON.stringify` cannot write. */
function toJson(object: unknown): string {
  const mark = (_: string, value: unknown) => (typeof value === "bigint" ? `\0${value}` : value);
  return JSON.stringify(object, mark, 4).replace(/"\\u0000(-?\d+)"/g, "$1");
}
