import { z } from "zod";
import {
  type Found,
  type FoundWorkload,
  foundSchema,
  LEDGER_FORMAT,
  type LedgerRecord,
  ledgerPhases,
  ledgerSchema,
  type OtherWorkload,
  undoPhases,
} from "./ledgerRecord";
import type { LedgerFields } from "./ledgerStore";
import { errorOf, failed } from "./refusal";

/** Marks that are no phases: times of what happens inside one. */
export const ledgerMarks = [
  "stopping",
  "fencing",
  "serving",
  "opening",
  "asking",
  "returned",
  "finalizing",
  "finalized",
] as const;
export type LedgerMark = (typeof ledgerMarks)[number];
const timeFields = [...ledgerPhases, ...undoPhases, ...ledgerMarks];

/** Fields of a record that are kept as they are, by their name in the store. */
const plain = {
  snapshot: "snapshot",
  sizeBytes: "size",
  revision: "revision",
  rollback: "rollback",
  source: "source",
  liveRevision: "live-revision",
  bump: "bump",
  serverVersion: "server-version",
  clusterUid: "cluster-uid",
  cluster: "cluster",
  pki: "pki",
  reason: "reason",
  overrides: "overrides",
  budget: "pdb",
  member: "member",
  oldMember: "old-member",
  newMember: "new-member",
  peerUrl: "peer-url",
  absent: "absent",
} as const satisfies Partial<Record<keyof LedgerRecord, string>>;

/** Fields in which a substrate keeps how its volumes are reached. */
const reachFields = ["utility", "nodes"];

/**
 * Reads a ledger of this or an older format.
 *
 * @throws UserError for a ledger of a newer program, or one that is not one of this program's at all
 */
export function parseLedger(fields: LedgerFields, place: string): LedgerRecord {
  const format = Number(fields.format ?? "1");
  if (!Number.isInteger(format) || format > LEDGER_FORMAT) {
    throw errorOf(
      failed(
        "ledger-newer",
        `the ledger ${place} has format ${fields.format}, this program knows up to ${LEDGER_FORMAT}: a newer one wrote it`,
        "Use that program, or a newer one: npm install etcd-recovery@latest",
      ),
    );
  }
  const parsed = ledgerSchema.safeParse(rawRecord(fields, format));
  if (parsed.success) return parsed.data;
  const where = [...new Set(parsed.error.issues.map(({ path }) => String(path[0])))].join(", ");
  throw errorOf(
    failed(
      "ledger-invalid",
      `the ledger ${place}: not written by this program: ${where}`,
      "Look at it, and mend or remove it by hand.",
    ),
  );
}

function rawRecord(fields: LedgerFields, format: number): unknown {
  const times = Object.fromEntries(
    timeFields.flatMap((key) => (fields[key] === undefined ? [] : [[key, fields[key]]])),
  );
  const kept = Object.entries(plain).flatMap(([key, field]) =>
    fields[field] === undefined ? [] : [[key, fields[field]]],
  );
  return {
    ...Object.fromEntries(kept.filter(([key, value]) => value !== "" || key === "budget")),
    format,
    id: fields.id,
    kind: fields.kind || "restore",
    phase: fields.phase,
    holder: fields.holder,
    times,
    names: fields.names ?? "",
    reach: Object.fromEntries(
      reachFields.flatMap((key) => (fields[key] === undefined ? [] : [[key, fields[key]]])),
    ),
    found: format === 1 ? foundOfFormat1(fields) : parsedFound(fields.found),
    quarantine: parsedFound(fields.quarantine),
  };
}

function parsedFound(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Format 1 had replicas and selectors in fields of their own, controllers as "Kind/name=REPLICAS" words. */
function foundOfFormat1(fields: LedgerFields): Found | undefined {
  if (fields.etcd === undefined || fields.apiserver === undefined) return undefined;
  const names = z
    .record(z.string(), z.string())
    .catch({})
    .parse(parsedFound(fields.names) ?? {});
  const server = (
    part: "etcd" | "apiServers",
    set: string,
    replicas: string,
    selector = "",
  ): FoundWorkload => ({
    name: `StatefulSet/${set}`,
    part,
    replicas: Number(replicas),
    selector,
  });
  return {
    workloads: [
      server("etcd", names.ETCD_STATEFULSET ?? "kube-etcd", fields.etcd, fields["etcd-selector"]),
      server(
        "apiServers",
        names.APISERVER_STATEFULSET ?? "kube-apiserver",
        fields.apiserver,
        fields["apiserver-selector"],
      ),
      ...words(fields.controllers).map(([name, count]): FoundWorkload => {
        const part = name === `Deployment/${names.MAINTENANCE}` ? "maintenance" : "controllers";
        return { name, part, replicas: Number(count) };
      }),
    ],
    others: words(fields.others).map(([name, why]) => ({ name, why }) as OtherWorkload),
    quorum: fields.quorum === "true",
  };
}

/** "A=1 B=2" as pairs. */
function words(text = ""): [string, string][] {
  return text
    .split(" ")
    .filter((word) => word.includes("="))
    .map((word) => [word.slice(0, word.lastIndexOf("=")), word.slice(word.lastIndexOf("=") + 1)]);
}

/** The fields of a record, always in the newest format. */
export function ledgerFields(record: LedgerRecord): LedgerFields {
  const kept = Object.entries(plain).flatMap(([key, field]) => {
    const value = record[key as keyof typeof plain];
    return value === undefined ? [] : [[field, value]];
  });
  return {
    format: String(LEDGER_FORMAT),
    id: record.id,
    kind: record.kind,
    phase: record.phase,
    holder: record.holder,
    ...record.times,
    names: record.names,
    ...record.reach,
    ...Object.fromEntries(kept),
    ...(record.found === undefined ? {} : { found: JSON.stringify(foundSchema.parse(record.found)) }),
    ...(record.quarantine === undefined ? {} : { quarantine: JSON.stringify(record.quarantine) }),
  };
}
