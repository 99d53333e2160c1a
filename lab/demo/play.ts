import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openLab } from "../index";
import { formatSeconds } from "../progress";
import type { Account } from "./account";
import { ControlPlane } from "./controlPlane";
import type { DemoOptions } from "./demoOptions";
import { type DemoReport, failuresOf } from "./demoReport";
import { backUp, fill, restartPlainly } from "./prologue";
import { quorumLoss } from "./quorumLoss";
import { rewrittenKeys } from "./rewrittenKeys";
import type { Scene } from "./scene";
import { UserApi } from "./userApi";
import { wrongDelete } from "./wrongDelete";

/** What the demo's processes tell each other, as JSON in the environment variable {@link setupVariable}. */
export interface Setup {
  readonly options: DemoOptions;
  /** Directory of the account, Pulumi's logs and the store of backups. */
  readonly directory: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

export const setupVariable = "ETCD_RECOVERY_DEMO";

/** Where the actors keep what nobody needs after them. */
export function temporaryDirectory({ directory }: Setup): string {
  return join(directory, "tmp");
}

/** Plays both acts on a lab that runs, from inside its workstation's network. Returns what was measured. */
export async function play(setup: Setup, account: Account): Promise<DemoReport> {
  const { options, directory, startedAt } = setup;
  const lab = await openLab(options.name);
  const cluster = lab.userCluster();
  const scene: Scene = {
    lab,
    cluster,
    api: await UserApi.open(cluster.kubeconfig),
    controlPlane: new ControlPlane(lab, cluster),
    account,
    options,
    environment: await lab.env(),
    directory,
  };
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
  return {
    ...first,
    plainRestartSeconds,
    quorumLoss: second,
    plugins: await lab.plugins(),
    rewrittenKeys: rewrittenKeys.map(({ pattern, ...entry }) => ({ pattern: pattern.source, ...entry })),
    elapsedSeconds: Math.round((Date.now() - startedAt) / 100) / 10,
  };
}

/** Sums up, writes the report, and says whether everything holds. */
export async function conclude(setup: Setup, account: Account, report: DemoReport): Promise<boolean> {
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
  account.say("keys that a control plane rewrites itself, and that were therefore not compared:");
  for (const { pattern, differences, why } of rewrittenKeys) {
    const readable = pattern.source.replaceAll("\\/", "/").replace(/^\^|\$$/g, "");
    account.say(`  ${readable}  (${differences.join(", ")})\n      ${why}`);
  }
  const failures = failuresOf(report);
  for (const failure of failures) account.check(false, failure);
  if (failures.length === 0)
    account.check(true, "both acts: everything is as the snapshot and the ledger say");
  if (setup.options.report !== undefined) {
    await writeFile(setup.options.report, `${JSON.stringify(report, null, 2)}\n`);
    account.say(`report: ${setup.options.report}`);
  }
  account.say(`${formatSeconds(report.elapsedSeconds)} in all`);
  return failures.length === 0;
}
