import { join } from "node:path";
import type { Ending } from "../scenario";
import { elapsedSeconds, type Scene } from "../scene";
import { AgentJobs } from "./agentJobs";
import { type BackupReport, failuresOf, watchers } from "./backupReport";
import { Catalog } from "./catalog";
import { declareBackups } from "./declareBackups";
import { killBeforeManifest } from "./killedAgent";
import { noticing } from "./noticing";
import { restoreLatest } from "./restoreLatest";
import { BackupStacks } from "./stacks";
import { VaultBucket } from "./vaultBucket";

/** Plays it. */
export async function play(scene: Scene): Promise<Ending> {
  const { account, lab } = scene;
  const { name: cluster } = lab.userCluster();
  const bucket = await VaultBucket.start(lab, cluster, join(scene.directory, "tmp"));
  try {
    const stacks = await BackupStacks.open(scene);
    const jobs = new AgentJobs(scene, cluster);
    account.chapter("2. One update declares schedules, takes a backup and attacks the vault");
    const { secondUp, probe } = await declareBackups(scene, stacks, jobs, bucket);
    const reader = bucket.environment(await bucket.credentials(cluster, `${cluster}-etcd-drill`));
    const catalog = new Catalog(stacks, bucket, reader);
    account.chapter("3. A CronJob fires");
    const scheduledBackups = await catalog.awaitScheduled();
    await jobs.kubectl("patch", "cronjob", `${cluster}-etcd-backup`, "-p", '{"spec":{"suspend":true}}');
    account.figure("backups taken by schedule", `${scheduledBackups}`);
    account.chapter("4. An agent is killed before its manifest is written");
    const killedAgentLeftNothing = await killBeforeManifest(jobs, bucket, catalog, cluster);
    account.check(killedAgentLeftNothing, "what it left is no backup, and the next run succeeds");
    account.chapter("5. A drill proves the newest backup");
    const drill = (await jobs.run(`${cluster}-etcd-drill`, "drill-now")).outcome ?? "no verdict";
    account.check(drill === "passed", `drill: ${drill}`);
    account.chapter("6. A restore stack names latest");
    const restoredFromScheduled = await restoreLatest(scene, stacks, bucket, catalog, reader);
    account.chapter("7. The newest backup rots in the store");
    const notices = await noticing(scene, stacks, jobs, bucket, catalog, reader);
    for (const one of watchers) account.check(notices.corruptionNoticedBy.includes(one), `${one} says so`);
    const isRefused = (attack: string) =>
      probe.attempts?.find((one) => one.attack === attack)?.isRefused === true;
    const report: BackupReport = {
      ...{ secondUp, scheduledBackups, restoredFromScheduled, drill },
      corruptionNoticedBy: notices.corruptionNoticedBy,
      uploaderOverwriteRefused: isRefused("overwrite"),
      uploaderDeleteRefused: isRefused("delete"),
      vaultProbe: probe.outcome === "refused" ? notices.probeAgain : (probe.outcome ?? "no verdict"),
      killedAgentLeftNothing,
      plugins: await lab.plugins(),
      elapsedSeconds: elapsedSeconds(scene),
    };
    const holds = "backups happen by themselves, restore, and are missed when they rot";
    return { report, failures: failuresOf(report), holds };
  } finally {
    await bucket.stop();
  }
}
