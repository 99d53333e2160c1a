import { parseFreed } from "../../member/memberAnswers";
import { memberCalls } from "../../member/memberCalls";
import type { Act, ActContext } from "../act";
import { askStatus } from "../etcdStatus";
import { judgeEqual, judgeHealthy } from "../judgements/health";
import { judgeNoneOpen, judgePast } from "../judgements/past";
import { demand, errorOf, misset } from "../refusal";
import { allOf, secondsOf } from "../waiting";
import { compareLive } from "./liveHashes";
import { pkiOf } from "./pki";
import { memberNames, onVolume } from "./volumes";

const GO_ON = "Mend the cause; then 'pulumi up' goes on.";
/** Longest comparison in seconds: a compaction may come between. */
const compareSeconds = 15;

/** Removes what a finished restore put aside, on every member's volume: the only act that removes previous data. */
export const removePrevious: Act = async (context) => {
  const { request, ledger, substrate, say } = context;
  const { advice } = substrate;
  const { finalize: from } = request;
  const key = "restore.finalize";
  if (from === undefined)
    throw errorOf(
      misset("finalize-whom", `${key}: no restore is named`, `pulumi config set --path ${key} ID`),
    );
  const members = memberNames(context);
  const { record: open } = await ledger.read();
  demand(judgeNoneOpen(open, advice, new Date()));
  const [record, kept] = await Promise.all([ledger.past(from), ledger.kept()]);
  demand(judgePast({ key, id: from, record, kept, members, twoWaysOut: advice.twoWaysOut }, "over"));
  if (record?.times.finalized !== undefined) {
    say(`what restore ${from} put aside was removed at ${record.times.finalized}`);
    return { finalized: from, freed: Object.fromEntries(members.map((member) => [member, 0])) };
  }
  await askAll(context, members);
  await claim(context, from, record?.times.finalizing !== undefined);
  const freed = await allOf(members.map((member) => removeOn(context, member, from)));
  if (record?.pki !== undefined) {
    await allOf(members.map((member) => pkiOf(context).finalize(member, from)));
    say(`the keys and certificates that restore ${from} put aside are removed`);
  }
  await ledger.markPast(from, "finalized");
  return { finalized: from, freed: Object.fromEntries(freed) };
};

/**
 * Before the first removal: whatever is opened from here on sees the mark, and what was opened before it is seen here. So a
 * roll-back that begins at the same time never loses the data that it has chosen.
 *
 * @param begun whether an earlier run may have removed some already: then the mark stays
 */
async function claim({ ledger, substrate }: ActContext, from: string, begun: boolean): Promise<void> {
  await ledger.markPast(from, "finalizing");
  const open = judgeNoneOpen((await ledger.read()).record, substrate.advice, new Date());
  if (open !== undefined && !begun) await ledger.unmarkPast(from, "finalizing");
  demand(open);
}

/** First every question, then the first change: etcd is healthy, and every volume can be worked on. */
async function askAll(context: ActContext, members: readonly string[]): Promise<void> {
  const { id, substrate } = context;
  await allOf(members.map((member) => substrate.volumes.await(member)));
  const remedy = `Nothing is removed. ${GO_ON}`;
  const state = memberCalls.state(id);
  await allOf(members.map((member) => onVolume(context, member, state, remedy)));
  demand(judgeHealthy({ members, statuses: await askStatus(substrate), advice: substrate.advice }));
  demand(judgeEqual(await compareLive(substrate, secondsOf("HASH_SECONDS", compareSeconds))));
}

async function removeOn(context: ActContext, member: string, from: string): Promise<[string, number]> {
  const call = memberCalls.finalize({ id: context.id, from });
  const remedy = `What restore ${from} put aside is not removed from every volume. ${GO_ON}`;
  const freed = parseFreed(await onVolume(context, member, call, remedy));
  context.say(`${member}: removed what restore ${from} put aside, ${freed} bytes`);
  return [member, freed];
}
