import { removeStack, undoRestore } from "../../../automation/driver";
import type { KeyDump } from "../keyDump";
import { carryOut } from "../restoring";
import { updateOptions } from "../scene";
import type { ActReport } from "./hostedReport";
import { type HostedScene, restoreSettings } from "./hostedScene";
import { find, prove } from "./proof";

/** Act 2: the data of most members is garbage, etcd has no quorum, and the API answers nothing any more. */
export async function quorumLoss(scene: HostedScene, snapshot: string, keys: KeyDump): Promise<ActReport> {
  const { account, api, lab, cluster } = scene;
  const stack = `restore-${cluster.name}-quorum-loss`;
  const found = await find(scene);
  const lost = Array.from({ length: Math.floor(cluster.members / 2) + 1 }, (_, ordinal) => ordinal);
  await lab.damage({ members: lost });
  account.say(
    `garbage over the data of ${lost.map((n) => `kube-etcd-${n}`).join(" and ")}: they do not start any more`,
  );
  const answers = await api.answers("/api/v1/namespaces/kube-system");
  account.say(`the user cluster ${answers ? "still answers" : "does not answer"}`);
  const settings = restoreSettings(scene, { id: "quorum-loss", snapshot });
  const carried = await carryOut(scene, stack, settings);
  account.figure("whole pulumi up", `${carried.result.seconds.toFixed(1)} s`);
  const report = await prove(scene, keys, found, carried);
  if (!scene.options.keep) {
    await undoRestore(updateOptions(scene, stack));
    await removeStack(updateOptions(scene, stack));
  }
  return report;
}
