import { type DiffItem, type DiffOptions, diffSnapshots, printable, type SnapshotDiff } from "../../snapshot";
import type { CliCommand } from "../commandLine/cliCommand";
import { formatOf } from "../commandLine/documents";
import { ExitCode } from "../exitCode";
import { columns, refuse, show } from "./output";
import { clearProgress } from "./progressLine";
import { type ReadingOptions, reading, readingCommand, readingExits } from "./readingOptions";
import { kindNamed } from "./shortNames";
import { renamed, withInputs } from "./snapshotInputs";

const FIELDS_SHOWN = 4;

interface Options extends ReadingOptions, DiffOptions {
  readonly exitCode?: boolean;
}

/** `snapshot diff A B`: exit code 0 whether or not they differ, unless told; 3 when one is refused. */
export function diffCommand(): CliCommand {
  const command = readingCommand(
    "diff",
    "list the objects that were added, removed and changed from one snapshot to another",
  )
    .needsArgument("<before>", "the older snapshot; - for standard input")
    .needsArgument("<after>", "the newer one; - for standard input")
    .option("--kind <kind>", "only objects of this kind, such as Deployment or deploy")
    .option("-n, --namespace <namespace>", "only objects in this namespace")
    .option("--name <name>", "only objects of this name")
    .option("--with-churn", "list events, leases and the API servers' own keys among the others")
    .option("--allow-different-clusters", "compare snapshots of different clusters")
    .option("--exit-code", "end with 1 when a listed object differs, as git diff does")
    .example("etcd-recovery snapshot diff monday.db tuesday.db -n shop --kind deploy")
    .example("etcd-recovery snapshot diff monday.db tuesday.db --exit-code -o json")
    .exits(ExitCode.done, "compared; with --exit-code: nothing differs");
  return readingExits(command, "with --exit-code: something differs").does(diff);
}

async function diff(before: string, after: string, options: Options): Promise<void> {
  const format = formatOf(options);
  const { kind, quiet } = options;
  await withInputs([before, after], quiet, async (older, newer) => {
    const [read, onProgress] = reading("both snapshots", options);
    const wanted = { ...options, ...read, ...(kind === undefined ? {} : { kind: kindNamed(kind) }) };
    const found = await diffSnapshots(older.path, newer.path, wanted, onProgress);
    clearProgress();
    if (!found.valid) {
      refuse(renamed(found.problem, older, newer), format);
      return;
    }
    show(
      format,
      () => describe(found),
      () => found,
    );
    const differ = found.added + found.removed + found.changed > 0;
    if (options.exitCode === true && differ) process.exitCode = ExitCode.failed;
  });
}

function describe(diff: SnapshotDiff): string {
  const { added, removed, changed, items, churn } = diff;
  const summary = `${added} added, ${removed} removed, ${changed} changed`;
  const noise = Object.entries(churn).map(
    ([kind, n]) => `${printable(kind)} ${n.added} added, ${n.removed} removed, ${n.changed} changed`,
  );
  return [
    summary,
    ...(items.length === 0 ? [] : [columns(items.map(row))]),
    ...(noise.length === 0 ? [] : [`Not listed (--with-churn): ${noise.join("; ")}`]),
  ].join("\n\n");
}

function row({ change, kind, namespace, name, fields = [] }: DiffItem): string[] {
  const more = fields.length > FIELDS_SHOWN ? `, and ${fields.length - FIELDS_SHOWN} more` : "";
  const object = namespace === "" ? name : `${namespace}/${name}`;
  return [
    change,
    printable(kind),
    printable(object),
    printable(fields.slice(0, FIELDS_SHOWN).join(", ")) + more,
  ];
}
