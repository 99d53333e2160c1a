import { parseSeeded } from "../../../member/memberAnswers";
import { memberCalls } from "../../../member/memberCalls";
import type { Act, ActContext } from "../../act";
import { initialClusterOf } from "../../judgements/memberList";
import type { LedgerRecord } from "../../ledgerRecord";
import { errorOf, failed } from "../../refusal";
import { waitUntil } from "../../waiting";
import { onVolume } from "../volumes";
import { type RepairScene, sceneOf } from "./scene";

const seedSeconds = 180;

/**
 * Makes the new member's log, which says who it is: an etcd of its identity runs for a moment beside its own, whose flags
 * are for a new cluster and cannot be changed without a restart of the healthy members.
 */
export const seedMember: Act = async (context) => {
  const { ledger, say } = context;
  const record = await ledger.require("quiesced");
  const scene = sceneOf(context, record);
  const { name } = scene.member;
  if ((await seeded(context, name)) === "waiting") await seed(context, scene, record);
  // Ends the seed, too.
  await scene.repair.endInstance(name, ledger.permit("quiesced"), "held");
  say(`${name}: seeded as ${record.newMember}`);
  return {};
};

async function seed(context: ActContext, scene: RepairScene, record: LedgerRecord): Promise<void> {
  const { repair, member } = scene;
  const permit = context.ledger.permit("quiesced");
  const { name } = member;
  const { peerUrl = member.peerUrl, oldMember } = record;
  const initialCluster = initialClusterOf(await scene.list(), { name, peerUrl, oldMember });
  // An earlier try's seed cannot be taken out of its instance.
  if (await repair.hasSeed(name)) await repair.endInstance(name, permit, "held");
  await repair.awaitInstance(name);
  const directory = `member.seed-${context.id}`;
  await repair.startSeed(name, { directory, initialCluster, peerUrl }, permit);
  let answer = "waiting";
  // Ends the wait: the log is there, or the seed has failed.
  const settled = async () => {
    answer = await seeded(context, name);
    return answer !== "waiting" || (await repair.seedEnded(name));
  };
  await waitUntil(settled, { seconds: seedSeconds, every: 0.2 });
  // A seed that has ended may have written its log right before.
  if (answer === "waiting") answer = await seeded(context, name);
  if (answer !== "waiting") return;
  throw errorOf(
    failed(
      "repair-no-seed",
      `${name}: its seed has not begun: ${await repair.seedSaid(name)}`,
      `${context.substrate.advice.lookAtMember(name)}; then 'pulumi up' tries again.`,
    ),
  );
}

const seeded = async (context: ActContext, name: string) =>
  parseSeeded(await onVolume(context, name, memberCalls.seeded(context.id), "'pulumi up' tries again."));
