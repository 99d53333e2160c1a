import { type Problem, printable, revisionToJson, type SearchHit, searchSnapshot } from "../../snapshot";
import type { CliCommand } from "../commandLine/cliCommand";
import { type Format, formatOf, print, printDocument } from "../commandLine/documents";
import { ExitCode } from "../exitCode";
import { columns, exitOf, refuse } from "./output";
import { clearProgress } from "./progressLine";
import { type ReadingOptions, reading, readingCommand, readingExits } from "./readingOptions";
import { renamed, type SnapshotInput, withInputs } from "./snapshotInputs";

interface Options extends ReadingOptions {
  readonly namespace?: string;
}

/** What one file of a search gives in a document. */
type Searched = { readonly file: string } & (
  | { readonly valid: true; readonly hits: readonly object[] }
  | { readonly valid: false; readonly problem: Problem }
);

/** `snapshot search FILE... QUERY`: exit code 3 when one of the files is refused; the others are searched all the same. */
export function searchCommand(): CliCommand {
  const command = readingCommand("search", "find objects in snapshots, and when they were last changed")
    .needsArgument(
      "<files...>",
      "one or more snapshots (- for standard input), then the query: words of kinds, namespaces and names; * for anything",
    )
    .usage("[options] <files...> <query>")
    .option("-n, --namespace <namespace>", "only objects in this namespace")
    .example('etcd-recovery snapshot search monday.db tuesday.db "configmap settings"')
    .example("etcd-recovery snapshot search snapshot.db 'secret*login' -n shop -o json")
    .exits(ExitCode.done, "every file was searched, whether or not something was found");
  return readingExits(command).does(async (filesAndQuery: string[], options: Options) => {
    const query = filesAndQuery.at(-1) ?? "";
    const files = filesAndQuery.slice(0, -1);
    if (files.length === 0) command.error("error: missing: <query>");
    await search(files, query, options);
  });
}

async function search(files: readonly string[], query: string, options: Options): Promise<void> {
  const format = formatOf(options);
  await withInputs(files, options.quiet, async (...inputs) => {
    const found: Searched[] = [];
    const codes: number[] = [];
    for (const input of inputs) {
      const one = await searchFile(input, query, options, format);
      found.push(one);
      if (!one.valid) codes.push(exitOf(one.problem));
    }
    if (format !== "table") printDocument(format, { files: found });
    // of several, what says most: refused, then not there, then not asked
    if (codes.length > 0) process.exitCode = Math.max(...codes);
  });
}

async function searchFile(
  file: SnapshotInput,
  query: string,
  options: Options,
  format: Format,
): Promise<Searched> {
  const found = await searchSnapshot(file.path, query, ...reading(file.name, options));
  clearProgress();
  if (!found.valid) {
    const problem = renamed(found.problem, file);
    if (format === "table") refuse(problem, format);
    return { file: file.name, valid: false, problem };
  }
  const hits = found.hits.filter(
    ({ namespace }) => options.namespace === undefined || namespace === options.namespace,
  );
  if (format === "table") print(describe(file.name, hits));
  return {
    file: file.name,
    valid: true,
    hits: hits.map((hit) => ({ ...hit, revision: revisionToJson(hit.revision) })),
  };
}

function describe(file: string, hits: readonly SearchHit[]): string {
  if (hits.length === 0) return `${printable(file)}: none`;
  const rows = hits.map(({ kind, namespace, name, revision, lastChanged }) => [
    "",
    printable(kind),
    printable(namespace === "" ? name : `${namespace}/${name}`),
    `revision ${revision}`,
    printable(lastChanged ?? ""),
  ]);
  return `${printable(file)}: ${hits.length}\n${columns(rows)}`;
}
