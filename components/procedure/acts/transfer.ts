import { RefusedError, UserError } from "../../errors";
import { type MemberState, parseReceived, parseState } from "../../member/memberAnswers";
import { type Codec, memberCalls } from "../../member/memberCalls";
import { memberExit } from "../../member/memberScripts";
import type { Act, ActContext } from "../act";
import { usedBefore } from "../judgements/lock";
import { judgeFixed, judgeFormerUse, judgeSpace } from "../judgements/volume";
import type { LedgerRecord } from "../ledgerRecord";
import { demand, errorOf, failed } from "../refusal";
import { MemberScriptError } from "../substrate";
import { messageOf, pause } from "../waiting";
import { type Source, sourceOf } from "./source";
import { onVolume } from "./volumes";

const TRIES = 3;
const GO_ON = "Mend it, then 'pulumi up' goes on.";

/** What giving one member its snapshot needs. */
export type StagingContext = Pick<ActContext, "id" | "request" | "substrate" | "ledger" | "say">;

/** Sends the snapshot to one member's volume, which keeps it only when it is the announced one. */
export const transfer: Act = async (context) => {
  const member = memberOf(context);
  const record = await context.ledger.require("open");
  await context.substrate.volumes.await(member);
  return { member, sha256: await transferMember(context, record, member) };
};

/** The member that a step runs for. @throws UserError when the step was told none */
export function memberOf({ member }: Pick<ActContext, "member">): string {
  if (member !== undefined) return member;
  throw errorOf(failed("member-absent", "the step was not told for which member it runs", "pulumi up"));
}

/** State of a member's volume. @throws UserError when the volume is one of an operation that is over */
export async function stateOf(context: StagingContext, member: string): Promise<MemberState> {
  const state = parseState(await onVolume(context, member, memberCalls.state(context.id), GO_ON));
  demand(judgeFormerUse(member, state, context.id), judgeFixed(member, state));
  return state;
}

/**
 * Sends what the ledger says to a member's volume; nothing where it is there already.
 *
 * @returns its digest, as the volume has it. @throws UserError when it does not arrive whole
 */
export async function transferMember(
  context: StagingContext,
  record: LedgerRecord,
  member: string,
): Promise<string> {
  const source = sourceOf(context, record);
  const before = await stateOf(context, member);
  const isThere = before.phase !== "new" && before.sha256 === source.sha256;
  if (isThere && (before.phase === "received" || before.bump === source.bump)) {
    context.say(`${member}: received before`);
    return source.sha256;
  }
  const state = await withRoom(context, source, member, before);
  const codec = await codecFor(context, source, state, member);
  const got = await sendWhole(context, source, member, codec);
  if (got !== source.sha256)
    throw errorOf(
      failed(
        "digest-other",
        `member ${member}: its volume answered SHA-256 ${got} instead of ${source.sha256}`,
        "pulumi up",
      ),
    );
  context.say(`${member}: received ${source.bytes} bytes (${codec} on the wire)`);
  return got;
}

/**
 * The volume with room for what is sent. What goes anyway, another snapshot or half of an earlier try, goes before anything
 * is counted: it takes room that there will be, and what comes beside it would take that of the etcd that serves.
 *
 * @throws RefusedError when there is not enough
 */
async function withRoom(
  context: StagingContext,
  { sha256, bytes: size }: Source,
  member: string,
  state: MemberState,
): Promise<MemberState> {
  const goes =
    state.phase === "new" ? judgeSpace(member, { ...state, size }) !== undefined : state.sha256 !== sha256;
  if (!goes) return state;
  await onVolume(context, member, memberCalls.clear(context.id), GO_ON);
  const cleared = await stateOf(context, member);
  demand(judgeSpace(member, { ...cleared, size }));
  return cleared;
}

/** What both ends have; the cluster's API server is the narrow place of the way. One image serves all volumes. */
async function codecFor(
  { substrate }: StagingContext,
  { from }: Source,
  { codec }: MemberState,
  member: string,
): Promise<Codec> {
  if (codec === "none") return codec;
  if (from.kind === "previous") return from.member === member ? "none" : codec;
  return (await substrate.volumes.codecs()).includes(codec) ? codec : "none";
}

/** A cut stream is a fault of the way, not of the file; and so is a ledger that could not be asked before another try. */
async function sendWhole(
  context: StagingContext,
  source: Source,
  member: string,
  codec: Codec,
): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    let objection: UserError | undefined;
    try {
      if (attempt > 1) objection = await objectionTo(context, source);
      if (objection === undefined) return parseReceived(await sendOnce(context, source, member, codec));
    } catch (cause) {
      if (cause instanceof RefusedError) throw cause;
      if (cause instanceof MemberScriptError && cause.code === memberExit.otherSwapped)
        throw errorOf(usedBefore(context.id, ` on the volume of ${member}: ${cause.said.trim()}`));
      if (attempt >= TRIES) throw notWhole(member, cause);
      context.say(`member ${member}: try ${attempt} failed, once more (${why(cause)})`);
      await pause(1);
      continue;
    }
    throw objection;
  }
}

/**
 * Why the snapshot is to be sent no more: a try of a killed run that comes late would take from the volume what a later run
 * has staged there.
 *
 * @returns undefined while it is asked for. @throws what kept the ledger from answering
 */
async function objectionTo(
  { ledger, id }: StagingContext,
  { sha256 }: Source,
): Promise<UserError | undefined> {
  try {
    if ((await ledger.require("open")).snapshot === sha256) return undefined;
  } catch (cause) {
    if (cause instanceof UserError) return cause;
    throw cause;
  }
  return errorOf(
    failed("not-asked", `restore ${id} is of another snapshot meanwhile: this one is not sent`, "pulumi up"),
  );
}

const why = (cause: unknown): string =>
  (cause instanceof MemberScriptError && cause.said.trim()) || messageOf(cause);

const notWhole = (member: string, cause: unknown) =>
  errorOf(
    failed(
      "not-whole",
      `member ${member}: the snapshot did not arrive whole in ${TRIES} tries: ${why(cause)}`,
      "Look at the network to the cluster, then 'pulumi up' goes on.",
    ),
  );

function sendOnce(
  { id, substrate }: StagingContext,
  { from, bytes, sha256 }: Source,
  member: string,
  codec: Codec,
): Promise<string> {
  const { volumes } = substrate;
  if (from.kind === "file") {
    const call = memberCalls.receive({ id, bytes, sha256, codec, end: from.end });
    const { path, identityFile } = from;
    return volumes.send(member, call, { path, identityFile, codec });
  }
  const { restore } = from;
  if (from.member === member)
    return volumes.run(member, memberCalls.copyPrevious({ id, from: restore, bytes, sha256 }));
  const sent = memberCalls.sendPrevious({ id, from: restore, codec });
  return volumes.copy(from.member, sent, member, memberCalls.receive({ id, bytes, sha256, codec }));
}
