import type { Act, ActContext } from "../../act";
import { lastWords } from "../../etcdStatus";
import { judgeRepaired } from "../../judgements/repair";
import { demand, errorOf, failed } from "../../refusal";
import { compareLive, type LiveComparison } from "../liveHashes";
import { awaitUserApi, SILENT_API } from "../userApi";
import { canaryKey, GO_BACK } from "../verify/asking";
import { type RepairScene, sceneOf, toGoOn } from "./scene";

/** All members have started, are equal at one revision while clients write, and the member that was bad takes writes. */
export const verifyMember: Act = async (context) => {
  const { id, ledger, substrate, say } = context;
  const record = await ledger.require("started");
  const { oldMember, newMember } = record;
  const scene = sceneOf(context, record);
  const members = substrate.members.length;
  const { name } = scene.member;
  const list = await scene.list();
  demand(judgeRepaired({ list, members, member: name, newMember, toGoOn: toGoOn(id) }));
  await requireNoAlarm(scene);
  await writeThrough(context, name);
  const { revision, hashes } = await demandEqualNow(context);
  if (!(await awaitUserApi(context))) {
    const remedy = `${substrate.advice.lookAtUserApi()}; then 'pulumi up' goes on, 'pulumi destroy' goes back.`;
    throw errorOf(failed("user-api-silent", SILENT_API, remedy));
  }
  say(`etcd: ${members} members equal at revision ${revision}, ${name} takes writes`);
  const compared = hashes.map(({ member, hash }) => ({ name: member, hashKV: hash }));
  return {
    member: name,
    revision,
    members: compared,
    newMember,
    ...(oldMember === undefined ? {} : { oldMember }),
  };
};

async function requireNoAlarm(scene: RepairScene): Promise<void> {
  const alarms = await scene.alarms();
  if (alarms === "") return;
  const remedy = "When its cause is mended: etcdctl alarm disarm; then 'pulumi up' goes on.";
  throw errorOf(failed("repair-alarm", `etcd: alarm ${alarms}`, remedy));
}

/** A value written, read back and deleted through the member itself. */
async function writeThrough({ id, substrate }: ActContext, name: string): Promise<void> {
  const key = canaryKey(id);
  const ask = async (what: string, ...argv: string[]) => {
    const answer = await substrate.etcd.run(name, argv);
    if (answer.code === 0) return answer.stdout.trim();
    throw errorOf(
      failed("repair-canary", `${name}: ${what}: ${lastWords(answer)}`, "'pulumi up' tries again."),
    );
  };
  await ask("a write fails", "put", key, id);
  if ((await ask("a read fails", "get", key, "--print-value-only")) !== id)
    throw errorOf(
      failed("repair-canary", `${name}: a written value cannot be read back`, "'pulumi up' tries again."),
    );
  await ask("a delete fails", "del", key);
}

async function demandEqualNow({ substrate }: ActContext): Promise<LiveComparison> {
  const compared = await compareLive(substrate);
  const { equal, revision, hashes, absent } = compared;
  if (equal) return compared;
  if (absent.length > 0) {
    const what = `etcd: no hash at revision ${revision || "of now"} from: ${absent.join(" ")}`;
    const remedy = `A member that lags or cannot be asked. 'pulumi up' asks again. ${GO_BACK}`;
    throw errorOf(failed("repair-no-hash", what, remedy));
  }
  const each = hashes.map(({ member, hash }) => `${member} has hash ${hash}`).join("; ");
  throw errorOf(
    failed(
      "repair-differs",
      `etcd: the members' contents differ at revision ${revision}: ${each}`,
      "Go back with 'pulumi destroy'; keep the members' logs.",
    ),
  );
}
