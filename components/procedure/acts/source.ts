import type { ActContext } from "../act";
import { judgeSnapshot } from "../judgements/snapshot";
import type { LedgerRecord } from "../ledgerRecord";
import { demand, errorOf, failed } from "../refusal";

/** What all members are staged from; digest, length and bump are the ledger's. */
export interface Source {
  readonly sha256: string;
  readonly bytes: number;
  readonly bump: string;
  /** The snapshot on this machine, or what a restore put aside on a member's volume. */
  readonly from:
    | {
        readonly kind: "file";
        readonly path: string;
        readonly identityFile: string | undefined;
        readonly end: string | undefined;
      }
    | { readonly kind: "previous"; readonly member: string; readonly restore: string };
  /** etcd's version that it is of; undefined when it says none. */
  readonly version: string | undefined;
}

/**
 * What the ledger says is staged, from where it comes.
 *
 * @throws UserError when it is not in the ledger yet, or is another snapshot than the one that is asked for
 */
export function sourceOf({ request }: Pick<ActContext, "request">, record: LedgerRecord): Source {
  const { snapshot: sha256, bump, rollback, source, sizeBytes } = record;
  const { snapshot } = request;
  if (!sha256 || bump === undefined) {
    // without its stack nobody is told
    const isTold = snapshot !== undefined || request.rollback !== undefined;
    throw isTold ? notBound(record) : noSource(record);
  }
  demand(judgeSnapshot(record, request));
  if (snapshot !== undefined) {
    const { path, identityFile, end, sizeBytes: bytes, etcdVersion: version } = snapshot;
    return { sha256, bump, bytes, version, from: { kind: "file", path, identityFile, end } };
  }
  if (rollback === undefined || source === undefined || sizeBytes === undefined) throw noSource(record);
  const from = { kind: "previous", member: source, restore: rollback } as const;
  return { sha256, bump, bytes: Number(sizeBytes), version: undefined, from };
}

const notBound = ({ id }: LedgerRecord) =>
  errorOf(
    failed(
      "not-bound",
      `the ledger of restore ${id} does not say yet which snapshot is restored: the step before did not end`,
      "pulumi up",
    ),
  );

const noSource = ({ id, phase }: LedgerRecord) =>
  errorOf(
    failed(
      "no-source",
      `restore ${id} is ${phase}: its snapshot is known to its own stack alone`,
      "'pulumi up' on its stack goes on, 'pulumi destroy' there goes back.",
    ),
  );
