import { ControlPlane } from "../controlPlane";
import { rewrittenReport, tellRewritten } from "../keyReport";
import { rewrittenKeys } from "../rewrittenKeys";
import type { Ending } from "../scenario";
import { elapsedSeconds, type Scene } from "../scene";
import { UserApi } from "../userApi";
import { failuresOf, type HostedReport } from "./hostedReport";
import type { HostedScene } from "./hostedScene";
import { backUp, fill, restartPlainly } from "./prologue";
import { quorumLoss } from "./quorumLoss";
import { wrongDelete } from "./wrongDelete";

/** Plays both acts. */
export async function play(given: Scene): Promise<Ending> {
  const { lab, account } = given;
  const cluster = lab.userCluster();
  const api = await UserApi.open(cluster.kubeconfig);
  const scene: HostedScene = { ...given, cluster, api, controlPlane: new ControlPlane(lab, cluster) };
  account.chapter("2. A user cluster with something to lose");
  await fill(scene);
  account.chapter("3. For comparison: a plain restart of the control plane");
  const plainRestartSeconds = await restartPlainly(scene);
  account.chapter("4. Backup");
  const { backup, keys } = await backUp(scene);
  account.chapter("5. Act 1, wrong delete: a namespace is deleted by mistake on a healthy cluster");
  const first = await wrongDelete(scene, backup.snapshot, keys);
  account.chapter("6. Act 2, quorum loss: the data of two members is overwritten with garbage");
  const second = await quorumLoss(scene, backup.snapshot, keys);
  const report: HostedReport = {
    ...first,
    plainRestartSeconds,
    quorumLoss: second,
    plugins: await lab.plugins(),
    rewrittenKeys: rewrittenReport(rewrittenKeys),
    elapsedSeconds: elapsedSeconds(scene),
  };
  sumUp(scene, report);
  const holds = "both acts: everything is as the snapshot and the ledger say";
  return { report, failures: failuresOf(report), holds };
}

function sumUp({ account }: HostedScene, report: HostedReport): void {
  const { restoreSeconds, outageSeconds, plainRestartSeconds, quorumLoss: second } = report;
  const ratio = outageSeconds / plainRestartSeconds;
  account.chapter("7. In short");
  account.figure("restore after the wrong delete", `${restoreSeconds} s`, "aim on a quiet machine: 45 s");
  account.figure("its outage", `${outageSeconds} s`, "aim: 13 s");
  account.figure("controllers at work after it", `${report.controllersSeconds} s`, "aim: 20 s");
  account.figure(
    "against a plain restart",
    `${ratio.toFixed(2)} x`,
    `of ${plainRestartSeconds} s; bound: 1.6 x`,
  );
  account.figure("restore after the quorum loss", `${second.restoreSeconds} s`);
  tellRewritten(account, rewrittenKeys);
}
