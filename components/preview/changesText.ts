import type { ChangedObjects } from "./changedObjects";
import type { ComparedWith, RestoreChanges } from "./restoreChanges";

const KINDS_SHOWN = 8;
const NAMES_SHOWN = 10;

/** What a restore does, for people who are about to say yes: counts by kind, and the gravest by name. */
export function describeChanges(changes: RestoreChanges): string {
  const head = `restore.snapshot: ${basis(changes.comparedWith)}`;
  if (changes.comparedWith.kind === "nothing") return head;
  const lines = [
    ...fate("takes away", changes.vanish),
    ...fate("brings back", changes.return),
    ...fate("sets back", changes.change),
  ];
  return [head, ...(lines.length === 0 ? ["  changes no object"] : lines)].join("\n");
}

function basis(with_: ComparedWith): string {
  switch (with_.kind) {
    case "live":
      return `compared with etcd as it is now (${with_.member}, revision ${with_.revision}), this restore`;
    case "backup":
      return `live etcd could not be read (${with_.why}); compared with the newest backup, ${with_.path}, this restore`;
    default:
      return `what this restore changes is not known: ${with_.why}`;
  }
}

function fate(verb: string, { count, byKind, named }: ChangedObjects): string[] {
  if (count === 0) return [];
  const kinds = Object.entries(byKind)
    .sort(([, a], [, b]) => b - a)
    .map(([kind, n]) => `${n} ${kind}`);
  return [
    `  ${verb} ${count} object${count === 1 ? "" : "s"}: ${shortened(kinds, KINDS_SHOWN, kinds.length)}`,
    `    ${shortened(named, NAMES_SHOWN, count)}`,
  ];
}

function shortened(items: readonly string[], shown: number, count: number): string {
  const rest = count - Math.min(items.length, shown);
  return [...items.slice(0, shown), ...(rest > 0 ? [`and ${rest} more`] : [])].join(", ");
}
