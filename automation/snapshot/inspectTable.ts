import { describeEncryption, printable, type RankedKey, type ValidInspection } from "../../snapshot";
import { columns, counted, size } from "./output";

type Row = readonly [label: string, value: string];
const SHOWN = 5;
const SHOWN_COUNTS = 20;

/** What a person needs to know of a snapshot, most important first. */
export function describeSnapshot(file: string, found: ValidInspection): string {
  const sections = [
    `${found.hashed ? "VALID" : "NOT PROVEN (no digest)"}  ${printable(file)}`,
    columns(facts(found)),
    ...found.warnings.map(({ message }) => `Warning: ${printable(message)}`),
    table("Objects by kind", counts(found.census)),
    table("Cannot be read", counts(found.unreadable)),
    table("Objects by namespace", counts(found.namespaces)),
    table(
      "Largest values",
      found.largest.slice(0, SHOWN).map((key) => [size(key.bytes), named(key)]),
    ),
    table(
      "Written most often",
      found.churn.slice(0, SHOWN).map((key) => [counted(key.revisions, "revision"), named(key)]),
    ),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

function facts(found: ValidInspection): Row[] {
  const { versions, identity, packed } = found;
  const packing = packed === undefined ? "" : `, ${packed.format} file of ${size(packed.sizeBytes)}`;
  const member: Row[] = packed?.member === undefined ? [] : [["Member", printable(packed.member)]];
  const compacted =
    found.compactedRevision === 0n ? "never compacted" : `compacted to ${found.compactedRevision}`;
  return [
    ["Size", `${size(found.sizeBytes)} (${counted(found.sizeBytes, "byte")}${packing})`],
    ...member,
    ["SHA-256", found.sha256],
    ["Revision", `${found.revision}, ${compacted}`],
    [
      "Keys",
      `${found.keys} (${found.otherKeys} not of Kubernetes), ${counted(found.revisions, "revision")}, ${counted(found.leases, "lease")}`,
    ],
    [
      "etcd",
      printable(`cluster ${versions.cluster ?? "unknown"}, storage ${versions.storage ?? "before 3.6"}`),
    ],
    [
      "Members",
      found.members
        .map(({ id, name }) => `${printable(name) || "(not started)"} (${printable(id)})`)
        .join(", ") || "none",
    ],
    ["Alarms", found.alarms.map(({ alarm, memberId }) => `${alarm} of ${memberId}`).join(", ") || "none"],
    ["kube-system", printable(identity.kubeSystemUid ?? "no such namespace: not a Kubernetes cluster's?")],
    ["Encryption", found.encryption.map((e) => printable(describeEncryption(e))).join(", ") || "none"],
  ];
}

function counts(of: Readonly<Record<string, number>>): (string | number)[][] {
  const rows = Object.entries(of).sort(([, a], [, b]) => b - a);
  const shown = rows.slice(0, SHOWN_COUNTS).map(([name, count]) => [count, printable(name)]);
  const rest = rows.slice(SHOWN_COUNTS).reduce((sum, [, count]) => sum + count, 0);
  return rest === 0
    ? shown
    : [...shown, [rest, `in ${rows.length - SHOWN_COUNTS} more; -o json lists them all`]];
}

function named({ kind, namespace, name, key }: RankedKey): string {
  if (kind === "") return printable(key);
  return printable(`${kind} ${namespace === "" ? name : `${namespace}/${name}`}`);
}

function table(title: string, rows: readonly (readonly (string | number)[])[]): string {
  if (rows.length === 0) return "";
  return `${title}\n${columns(rows.map(([first, ...rest]) => ["", first ?? "", ...rest]))}`;
}
