import type { Ledger } from "../ledger";
import type { Found, FoundWorkload, LedgerRecord, Part } from "../ledgerRecord";
import { errorOf, failed } from "../refusal";
import type { Advice } from "../substrate";

/** What people call a part. */
export const partNames: Readonly<Record<Part, string>> = {
  controllers: "controllers",
  maintenance: "maintenance of etcd",
  apiServers: "API servers",
  etcd: "etcd",
};

/** "StatefulSet/kube-etcd" as people write it. */
export const title = (workload: string): string => workload.replace("/", " ");

/** What the ledger says was found. @throws UserError when it says nothing */
export function foundOf(
  { found }: LedgerRecord,
  ledger: Pick<Ledger, "place">,
  advice: Pick<Advice, "lookAtLedger">,
): Found {
  if (found !== undefined) return found;
  throw errorOf(
    failed(
      "ledger-found",
      `the ledger ${ledger.place} does not say what was found: there is nothing to put back by`,
      advice.lookAtLedger(),
    ),
  );
}

/** The workloads of these parts, in the order of the parts. */
export const workloadsOf = ({ workloads }: Found, ...wanted: readonly Part[]): readonly FoundWorkload[] =>
  wanted.flatMap((part) => workloads.filter((workload) => workload.part === part));

/** "Deployment/a (1), Deployment/b (2)"; "none". */
export const listed = (workloads: readonly FoundWorkload[]): string =>
  workloads.map(({ name, replicas }) => `${name} (${replicas})`).join(", ") || "none";
