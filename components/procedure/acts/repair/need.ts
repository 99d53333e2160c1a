import type { ActContext } from "../../act";
import { type MemberStatus, newestRevision } from "../../etcdStatus";
import { judgeRepairAlarms, judgeRepairNeed } from "../../judgements/repair";
import { demand, type Refusal } from "../../refusal";
import { pause } from "../../waiting";
import type { RepairScene } from "./scene";

/** What a repair finds of the others. */
export interface Needed {
  /** In decimal. */
  readonly liveRevision: string;
  /** Bytes of the largest of the others' databases. */
  readonly size: bigint;
}

/**
 * Asks etcd whether the others have the quorum, all of them are there, the member is bad, and the store takes writes.
 *
 * @throws RefusedError when a repair is not what is needed
 */
export async function askRepairNeed(
  context: Pick<ActContext, "request" | "substrate">,
  scene: RepairScene,
): Promise<Needed> {
  const { refusals, ...needed } = await inspectNeed(context, scene);
  demand(...refusals);
  return needed;
}

/** The same, with what stands against it; there may be nothing to say of alarms without a quorum to ask. */
export async function inspectNeed(
  { request, substrate }: Pick<ActContext, "request" | "substrate">,
  scene: RepairScene,
): Promise<Needed & { readonly refusals: readonly Refusal[] }> {
  const { name } = scene.member;
  const members = substrate.members.map((member) => member.name);
  const { lookAtMember } = substrate.advice;
  const { reason } = request;
  const ask = async () => {
    const [statuses, seenHealthy] = await Promise.all([scene.status(), isSeenHealthy(scene)]);
    const facts = { member: name, members, statuses, seenHealthy, reason, lookAtMember };
    return { statuses, need: judgeRepairNeed(facts) };
  };
  let { statuses, need } = await ask();
  for (let again = 0; again < PATIENCE && isMomentary(need); again += 1) {
    await pause(1);
    ({ statuses, need } = await ask());
  }
  const refusal = need ?? judgeRepairAlarms(await scene.alarms());
  const others = statuses.filter(({ member }) => member !== name);
  return {
    refusals: refusal === undefined ? [] : [refusal],
    liveRevision: newestRevision(statuses).toString(),
    size: largest(others),
  };
}

/** How often others that do not answer are asked again: a leader may just have changed, or a machine be busy. */
const PATIENCE = 3;
const isMomentary = (need: Refusal | undefined): boolean =>
  need?.code === "repair-no-quorum" || need?.code === "repair-other-silent";

/** What the others see of it counts as well: they may reach it where we do not. */
async function isSeenHealthy(scene: RepairScene): Promise<boolean> {
  const { code } = await scene.askOf(scene.member.clientUrl, ["endpoint", "health"]);
  return code === 0;
}

const largest = (statuses: readonly MemberStatus[]): bigint =>
  statuses.reduce((most, { dbSize }) => (dbSize > most ? dbSize : most), 0n);
