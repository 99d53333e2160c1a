import { parsePrevious } from "../../member/memberAnswers";
import { memberCalls } from "../../member/memberCalls";
import type { Act, ActContext } from "../act";
import {
  choosePrevious,
  copyNote,
  judgeCopies,
  judgePrevious,
  judgeReadable,
  keysStay,
  type MemberCopy,
  previousBehind,
  type ReadableCopy,
  unproven,
} from "../judgements/previous";
import type { LedgerRecord } from "../ledgerRecord";
import { demand, errorOf, failed, misset } from "../refusal";
import { allOf } from "../waiting";
import { askCluster, askServerVersion, forEachMember, present, settleBump } from "./cluster";
import { lookAtEarlier } from "./inspect";
import { formerWords } from "./pki";
import { bringTool, imageOf, remedyFor } from "./tools";
import { onVolume } from "./volumes";
import { warned } from "./warnings";

/**
 * Looks on every member's volume for what an earlier restore put aside, and chooses the copy that all members are staged
 * from. It is not renamed back: clients have seen later revisions since. And one copy serves all: those of members that
 * were stopped at different instants differ.
 *
 * @returns source: the member; sha256, revision, bump, liveRevision; warnings, where there are any
 */
export const locatePrevious: Act = async (context) => {
  const { ledger, substrate, request } = context;
  const bound = await ledger.require("open");
  const rollback = request.rollback ?? bound.rollback;
  if (rollback === undefined)
    throw errorOf(
      misset(
        "rollback-whom",
        "restore.rollback: no restore is named",
        "pulumi config set --path restore.rollback ID",
      ),
    );
  const earlier = await lookAtEarlier({ ...context, request: { ...request, rollback } }, "rollback");
  demand(earlier.refusal);
  await forEachMember(context, (member) => substrate.volumes.await(member));
  const cluster = await askCluster(context);
  const serverVersion = await askServerVersion(context, cluster);
  const chosen = await choose(context, { id: rollback, record: earlier.record }, serverVersion);
  const { member: source, sha256, revision, size } = chosen;
  const same = bound.snapshot === sha256 && bound.source === source;
  const pki = request.previousPki === true ? await formerWords(context, rollback) : undefined;
  const { bump, liveRevision } = settleBump(
    context,
    cluster,
    revision,
    same ? bound : { liveRevision: bound.liveRevision },
  );
  const found: Partial<LedgerRecord> = {
    snapshot: sha256,
    sizeBytes: String(size),
    revision,
    bump,
    liveRevision,
  };
  await ledger.keep(["open"], { ...found, rollback, source, serverVersion, pki });
  const { warnings } = warned(context, present([keysStay(earlier.record, pki !== undefined)]));
  context.say(`all members are staged from the copy of ${source}`);
  return { source, sha256, revision, bump, liveRevision, ...(warnings.length === 0 ? {} : { warnings }) };
};

async function choose(
  context: ActContext,
  { id: rollback, record: past }: { readonly id: string; readonly record: LedgerRecord | undefined },
  serverVersion: string | undefined,
): Promise<ReadableCopy> {
  const { request, say } = context;
  const copies = await readable(context, rollback, serverVersion);
  for (const copy of copies) say(copyNote(copy, rollback));
  demand(
    judgeCopies(copies, rollback),
    judgeReadable(copies, rollback, imageOf(request), remedyFor(serverVersion)),
  );
  const chosen = choosePrevious(copies);
  if (chosen === undefined)
    throw errorOf(failed("previous-none", `no copy of restore ${rollback} was chosen`, "pulumi up"));
  const behind = previousBehind(chosen.revision, past?.liveRevision, rollback);
  demand(judgePrevious(behind, request.reason));
  if (behind !== undefined) say(`restore.rollback: ${behind}; goes on, by reason: ${request.reason}`);
  if (chosen.wal === "newer")
    say(
      `${chosen.member}: its log was written after its database: etcd was killed there, not stopped, and the last tenth of a second of writes may be missing`,
    );
  return chosen;
}

/** Where nothing can read a copy, the given program is brought, and asks again. */
async function readable(
  context: ActContext,
  rollback: string,
  serverVersion: string | undefined,
): Promise<readonly MemberCopy[]> {
  const copies = await forEachMember(context, (member) => askCopy(context, member, rollback));
  const unread = unproven(copies);
  if (unread.length === 0 || context.request.etcdutl === undefined) return copies;
  const read = await allOf(
    unread.map(async (member) => {
      await bringTool(context, member, { snapshotVersion: undefined, serverVersion });
      return askCopy(context, member, rollback);
    }),
  );
  return copies.map((copy) => read.find(({ member }) => member === copy.member) ?? copy);
}

async function askCopy(context: ActContext, member: string, from: string): Promise<MemberCopy> {
  const call = memberCalls.previous({ id: context.id, from });
  const answer = await onVolume(context, member, call, "Mend it, then 'pulumi up' goes on.");
  return { member, copy: parsePrevious(answer) };
}
