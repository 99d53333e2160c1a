import { type MemberState, parseStaged, type StagedMember } from "../../member/memberAnswers";
import { memberCalls } from "../../member/memberCalls";
import { memberExit } from "../../member/memberScripts";
import type { Act } from "../act";
import { usedBefore } from "../judgements/lock";
import { isAsAsked } from "../judgements/staged";
import type { LedgerRecord } from "../ledgerRecord";
import { errorOf, failed, type JudgedError, refused } from "../refusal";
import { MemberScriptError } from "../substrate";
import { type Source, sourceOf } from "./source";
import { type ChosenTool, chooseTool } from "./tools";
import { memberOf, type StagingContext, stateOf, transferMember } from "./transfer";

/** Restores the snapshot beside one member's live data. */
export const stage: Act = async (context) => {
  const member = memberOf(context);
  const record = await context.ledger.require("open");
  const { facts, reason } = await stageMember(context, record, member);
  context.say(`${member}: staged by ${reason}`);
  return { member, ...facts };
};

/** What is staged on a volume, and by what. */
export interface Staged {
  readonly facts: StagedMember;
  readonly reason: string;
}

/**
 * Stages a member from what the ledger says; nothing where that is done.
 *
 * What is gone from the volume, or is not what was sent, is sent once more: the step that sent it has ended and does not run
 * again.
 */
export async function stageMember(
  context: StagingContext,
  record: LedgerRecord,
  member: string,
): Promise<Staged> {
  try {
    return await stageOnce(context, record, member);
  } catch (cause) {
    if (!isAbsent(cause)) throw endOf(cause, record);
    context.say(`${member}: the snapshot has to be sent once more: ${cause.said.trim()}`);
  }
  await transferMember(context, record, member);
  return stageOnce(context, record, member).catch((cause: unknown) => {
    throw endOf(cause, record);
  });
}

const isAbsent = (cause: unknown): cause is MemberScriptError =>
  cause instanceof MemberScriptError &&
  (cause.code === memberExit.notReceived || cause.code === memberExit.notAnnounced);

async function stageOnce(context: StagingContext, record: LedgerRecord, member: string): Promise<Staged> {
  const source = sourceOf(context, record);
  const state = await stateOf(context, member);
  const { tool, reason } = await toolFor(context, record, member, source, state);
  const { id, substrate } = context;
  const call = memberCalls.stage({
    ...{ id, tool, member, bump: source.bump, sha256: source.sha256 },
    initialCluster: substrate.members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(","),
    token: tokenOf(context),
    peerUrl: substrate.members.find(({ name }) => name === member)?.peerUrl ?? "",
  });
  return { facts: parseStaged(await substrate.volumes.run(member, call)), reason };
}

/** Unique: with the old token an old member would rejoin the restored ones and undo the restore (etcd member ids). */
function tokenOf({ id, substrate }: StagingContext): string {
  const place = substrate.ledger.place.replace(/[^A-Za-z0-9.-]+/g, "-");
  return `etcd-recovery-${place}-${id}`;
}

/** What is staged already needs none: the volume answers from its marks. */
async function toolFor(
  context: StagingContext,
  record: LedgerRecord,
  member: string,
  { version }: Source,
  state: MemberState,
): Promise<ChosenTool> {
  const { phase, sha256 = "", bump = "" } = state;
  if (phase === "staged" && isAsAsked({ sha256, bump }, record))
    return { tool: "none", reason: "an earlier run" };
  return chooseTool(context, member, state, {
    snapshotVersion: version,
    serverVersion: record.serverVersion,
  });
}

/** How a script that failed ends the step. */
function endOf(cause: unknown, { id }: LedgerRecord): unknown {
  if (!(cause instanceof MemberScriptError)) return cause;
  return (
    endings[cause.code]?.(cause, id) ??
    errorOf(failed("stage-failed", cause.message, "Mend it, then 'pulumi up' goes on."))
  );
}

const endings: Readonly<Record<number, (cause: MemberScriptError, id: string) => JudgedError>> = {
  [memberExit.notAnnounced]: ({ message }, id) =>
    errorOf(
      refused(
        "stage-not-announced",
        `${message}: what is on its volume is not the snapshot that was sent; nothing of it was kept`,
        `Send it anew under another id: pulumi config set --path restore.id ${id}-2`,
      ),
    ),
  [memberExit.noSpace]: ({ message }) =>
    errorOf(refused("volume-full", message, "Then 'pulumi up' goes on.")),
  [memberExit.otherSwapped]: ({ member, said }, id) =>
    errorOf(usedBefore(id, ` on the volume of ${member}: ${said.trim()}`)),
};
