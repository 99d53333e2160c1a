import type { Act } from "../../act";
import { answers } from "../../judgements/repair";
import { errorOf, failed } from "../../refusal";
import { waitUntil } from "../../waiting";
import { sceneOf } from "./scene";

const joinSeconds = 600;

/** Waits until the member has joined and caught up: etcd answers clients only then. */
export const awaitMember: Act = async (context) => {
  const { ledger, substrate, say } = context;
  const scene = sceneOf(context, await ledger.require("started"));
  const { name } = scene.member;
  const joined = async () => answers(await scene.status(), name);
  const { done } = await waitUntil(joined, { seconds: joinSeconds, every: 1 });
  if (!done) {
    const look = substrate.advice.lookAtMember(name);
    const remedy = `${look}; then 'pulumi up' goes on, 'pulumi destroy' goes back.`;
    throw errorOf(failed("repair-not-joined", `${name}: has not joined after ${joinSeconds} s`, remedy));
  }
  say(`${name}: answers`);
  return {};
};
