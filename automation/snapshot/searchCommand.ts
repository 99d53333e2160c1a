import { Command } from "commander";
import { UserError } from "../../components/errors";
import { printable, revisionToJson, type SearchHit, searchSnapshot } from "../../snapshot";
import { ExitCode } from "../exitCode";
import { columns, print, printJson, refuse } from "./output";
import { type CommonOptions, clearProgress, progressLine } from "./progressLine";

/** `snapshot search FILE... QUERY`: exit code 3 when one of the files is refused; the others are searched all the same. */
export function searchCommand(): Command {
  return new Command("search")
    .description("find objects in snapshots, and when they were last changed")
    .argument(
      "<files...>",
      "one or more snapshots, then the query: words of kinds, namespaces and names; * for anything",
    )
    .option("--json", "print JSON")
    .option("--quiet", "show no progress")
    .option("--allow-unhashed", "accept files without a digest: nothing proves their bytes then")
    .action(async (filesAndQuery: string[], options: CommonOptions) => {
      const query = filesAndQuery.at(-1) ?? "";
      const files = filesAndQuery.slice(0, -1);
      if (files.length === 0)
        throw new UserError(
          "search needs a file and a query.",
          "Usage: etcd-recovery snapshot search FILE... QUERY",
        );
      const found: unknown[] = [];
      for (const file of files) found.push(await searchFile(file, query, options));
      if (options.json === true) printJson(found);
    });
}

async function searchFile(file: string, query: string, options: CommonOptions): Promise<unknown> {
  const allowUnhashed = options.allowUnhashed === true;
  const found = await searchSnapshot(file, query, { allowUnhashed }, progressLine(file, options));
  clearProgress(options);
  if (!found.valid) {
    if (options.json !== true) refuse(found.problem, false);
    else process.exitCode = ExitCode.refused;
    return { file, ...found };
  }
  if (options.json !== true) print(describe(file, found.hits));
  return {
    file,
    valid: true,
    hits: found.hits.map((hit) => ({ ...hit, revision: revisionToJson(hit.revision) })),
  };
}

function describe(file: string, hits: readonly SearchHit[]): string {
  if (hits.length === 0) return `${file}: none`;
  const rows = hits.map(({ kind, namespace, name, revision, lastChanged }) => [
    "",
    printable(kind),
    printable(namespace === "" ? name : `${namespace}/${name}`),
    `revision ${revision}`,
    lastChanged ?? "",
  ]);
  return `${file}: ${hits.length}\n${columns(rows)}`;
}
