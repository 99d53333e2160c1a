import type { Act, ActContext } from "../act";
import type { LedgerRecord } from "../ledgerRecord";
import type { MemberPki, StagedPki } from "../memberPki";
import { errorOf, failed, refused } from "../refusal";
import { forEachMember } from "./cluster";
import { memberOf } from "./transfer";

type Means = Pick<ActContext, "id" | "substrate" | "ledger" | "say">;

/** Stages what one member keeps beside its data, from the bundle that the ledger names. */
export const stagePki: Act = async (context) => {
  const member = memberOf(context);
  const record = await context.ledger.require("open");
  const staged = await stageOne(context, record, member);
  return { member, ...staged };
};

/** Swaps it. Nothing runs: the acts before have proved it, and the ledger is where only what runs after them is. */
export const swapPki: Act = async (context) => {
  const { id, ledger, say } = context;
  const member = memberOf(context);
  const record = await ledger.require("swapped");
  const warnings = await pkiOf(context).swap(member, id, digestOf(record, member));
  say(`${member}: keys and certificates are ${sourceOf(record)}`);
  for (const warning of warnings) say(`warning: ${warning}`);
  return { member, warnings };
};

/** All members' are staged from the bundles that the ledger names; what is gone is staged once more. */
export async function confirmPki(context: ActContext, record: LedgerRecord): Promise<void> {
  if (record.pki === undefined) return;
  await forEachMember(context, async (member) => {
    const staged = await pkiOf(context).staged(member, context.id);
    if (staged?.sha256 === digestOf(record, member)) return;
    context.say(`${member}: its staged keys are not there: once more`);
    await stageOne(context, record, member);
  });
}

/** Puts the previous ones back on every member. The data is back already. */
export async function unswapPki(context: Means, record: LedgerRecord): Promise<void> {
  if (record.pki === undefined) return;
  const warnings = await forEachMember(context, (member) => pkiOf(context).unswap(member, context.id));
  context.say("previous keys and certificates back on every member");
  for (const warning of warnings.flat()) context.say(`warning: ${warning}`);
}

/** Removes what was staged; where that fails it lies there still, for the member's administrator alone. */
export async function clearPki(context: Means, record: LedgerRecord): Promise<void> {
  if (record.pki === undefined) return;
  await forEachMember(context, async (member) => {
    try {
      await pkiOf(context).clear(member, context.id);
    } catch (cause) {
      context.say(`warning: ${member}: its staged keys may lie there still: ${(cause as Error).message}`);
    }
  });
}

async function stageOne(context: Means, record: LedgerRecord, member: string): Promise<StagedPki> {
  const staged = await pkiOf(context).stage(member, context.id, digestOf(record, member), record.rollback);
  const { differs } = staged;
  context.say(
    `${member}: keys and certificates staged; ${differs.length === 0 ? `all are ${sourceOf(record)}` : `to be swapped: ${differs.join(", ")}`}`,
  );
  return staged;
}

/** Whose keys these are, for people. */
const sourceOf = ({ rollback }: LedgerRecord): string =>
  rollback === undefined ? "the backup's" : `those from before restore ${rollback}`;

/** What the ledger keeps of the keys that a restore put aside: "member=digest" words. @throws UserError */
export async function formerWords(context: ActContext, from: string): Promise<string> {
  const words = await forEachMember(
    context,
    async (member) => `${member}=${await pkiOf(context).former(member, from)}`,
  );
  return words.join(" ");
}

function digestOf({ id, pki = "" }: LedgerRecord, member: string): string {
  const word = pki.split(" ").find((one) => one.slice(0, one.lastIndexOf("=")) === member);
  if (word !== undefined) return word.slice(word.lastIndexOf("=") + 1);
  throw errorOf(
    failed(
      "pki-unbound",
      `restore ${id} has begun without the keys of ${member}: the ledger names no bundle of it`,
      `Go back and begin anew with restore.pki: pulumi destroy, pulumi config set --path restore.id ${id}-2`,
    ),
  );
}

/** @throws UserError where there is nothing of the kind */
export function pkiOf({ substrate }: Pick<ActContext, "substrate">): MemberPki {
  if (substrate.pki !== undefined) return substrate.pki;
  const what = `restore.pki: ${substrate.advice.place}: its keys and certificates are not restored from a backup here`;
  throw errorOf(refused("pki-impossible", what, "pulumi config rm --path restore.pki"));
}
