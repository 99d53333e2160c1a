import { etcdCertificateSecret } from "../../clusters/userEtcd";
import { provideAgentImage } from "../../images/agentImage";
import { importImage } from "../../images/importImage";
import type { Scene } from "../scene";
import type { AgentJobs, AgentResult } from "./agentJobs";
import type { BackupStacks } from "./stacks";
import type { VaultBucket } from "./vaultBucket";

/** One `pulumi up`, and a second one. */
export async function declareBackups(
  scene: Scene,
  stacks: BackupStacks,
  jobs: AgentJobs,
  bucket: VaultBucket,
): Promise<{ readonly secondUp: string; readonly probe: AgentResult }> {
  const { account, lab } = scene;
  const { name: cluster } = lab.userCluster();
  const image = await provideAgentImage((line) => account.say(line));
  await importImage(lab, "node-a", image);
  await stacks.init(`backups-${cluster}`, {
    operation: "backup",
    "backup.schedules.image": image.name,
    "backup.schedules.clusters[0].name": cluster,
    "backup.schedules.clusters[0].certificates": etcdCertificateSecret(cluster),
    "backup.schedules.clusters[0].members": "1",
    "backup.schedules.schedule": "* * * * *",
    "backup.schedules.drill": "daily",
    "backup.schedules.prune.keep": "hourly=24,daily=7",
    "backup.schedules.generation": "first",
    "backup.schedules.probe": "first",
    ...(await bucket.settings()),
  });
  await stacks.done({}, "up", "--yes", "--skip-preview");
  const told = JSON.parse(await stacks.done({}, "stack", "output", "schedules"));
  const probe = await jobs.resultOf(told.probes[0]);
  for (const { attack, isRefused } of probe.attempts ?? [])
    account.check(isRefused, `uploader: ${attack} ${isRefused ? "refused" : "carried out"}`);
  const second = await stacks.run({}, "up", "--yes", "--expect-no-changes");
  account.check(second.isDone, "a second update changes nothing");
  return { secondUp: second.isDone ? "unchanged" : second.all.slice(-500), probe };
}
