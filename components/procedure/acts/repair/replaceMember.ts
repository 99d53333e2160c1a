import type { Act } from "../../act";
import { lastWords } from "../../etcdStatus";
import { successorOf } from "../../judgements/memberList";
import { errorOf, failed } from "../../refusal";
import type { EtcdAnswer } from "../../substrate";
import { waitUntil } from "../../waiting";
import { type RepairScene, sceneOf } from "./scene";

const removeSeconds = 60;
/** etcd says "unhealthy cluster" until the others have been connected for five seconds. */
const addSeconds = 90;

/**
 * Takes the bad member out of etcd's list and adds it again, under a new id: its old one knows a history that it has lost,
 * and etcd never takes a removed id back. As a voter, not as a learner: a member that joins serves no client before it has
 * caught up, but a learner that has caught up refuses them until it is promoted; the quorum is the same.
 */
export const replaceMember: Act = async (context) => {
  const { ledger, say } = context;
  const record = await ledger.require("quiesced");
  const { oldMember: old, peerUrl = "" } = record;
  const scene = sceneOf(context, record);
  await scene.requireOthers();
  if (old !== undefined) await remove(scene, old);
  const id = await add(scene, peerUrl, old);
  await ledger.keep(["quiesced"], { newMember: id });
  say(`etcd: ${scene.member.name} was ${old ?? "no member"}, is now ${id}, and has yet to join`);
  return { ...(old === undefined ? {} : { oldMember: old }), newMember: id };
};

async function remove(scene: RepairScene, old: string): Promise<void> {
  let answer: EtcdAnswer | undefined;
  const gone = async () => {
    if (!(await scene.list()).some(({ id }) => id === old)) return true;
    answer = await scene.change(["member", "remove", old]);
    return answer.code === 0;
  };
  const { done, unasked } = await waitUntil(gone, { seconds: removeSeconds, every: 1 });
  if (!done) throw notDone(`${scene.member.name} (id ${old}) could not be removed`, answer, unasked);
}

/** One call, through one member: it is not known to have failed when it fails, so the list is read again. */
async function add(scene: RepairScene, peerUrl: string, oldMember: string | undefined): Promise<string> {
  const { name } = scene.member;
  const find = async () => successorOf(await scene.list(), { peerUrl, oldMember })?.id;
  let answer: EtcdAnswer | undefined;
  let id: string | undefined;
  const there = async () => {
    id = await find();
    if (id !== undefined) return true;
    answer = await scene.change(["member", "add", name, `--peer-urls=${peerUrl}`]);
    if (answer.code === 0) id = await find();
    return id !== undefined;
  };
  const { unasked } = await waitUntil(there, { seconds: addSeconds, every: 1 });
  if (id === undefined) throw notDone(`${name} could not be added`, answer, unasked);
  return id;
}

function notDone(what: string, answer: EtcdAnswer | undefined, unasked: string | undefined) {
  const why = unasked ?? (answer === undefined ? "no answer" : lastWords(answer));
  return errorOf(failed("repair-list", `etcd: ${what}: ${why}`, "'pulumi up' tries again."));
}
