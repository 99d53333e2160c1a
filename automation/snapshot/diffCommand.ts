import { Command } from "commander";
import { type DiffItem, type DiffOptions, diffSnapshots, printable, type SnapshotDiff } from "../../snapshot";
import { columns, print, printJson, refuse } from "./output";
import { type CommonOptions, clearProgress, progressLine } from "./progressLine";

const FIELDS_SHOWN = 4;

/** `snapshot diff A B`: exit code 0 whether or not they differ, 3 when one is refused. */
export function diffCommand(): Command {
  return new Command("diff")
    .description("list the objects that were added, removed and changed from one snapshot to another")
    .argument("<before>", "the older snapshot")
    .argument("<after>", "the newer one")
    .option("--kind <kind>", "only objects of this kind")
    .option("--namespace <namespace>", "only objects in this namespace")
    .option("--name <name>", "only objects of this name")
    .option("--with-churn", "list events, leases and the API servers' own keys among the others")
    .option("--allow-different-clusters", "compare snapshots of different clusters")
    .option("--allow-unhashed", "accept files without a digest: nothing proves their bytes then")
    .option("--json", "print JSON")
    .option("--quiet", "show no progress")
    .action(async (before: string, after: string, options: CommonOptions & DiffOptions) => {
      const diff = await diffSnapshots(before, after, options, progressLine("both snapshots", options));
      clearProgress(options);
      if (!diff.valid) refuse(diff.problem, options.json, { valid: false });
      else if (options.json === true) printJson(diff);
      else print(describe(diff));
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
