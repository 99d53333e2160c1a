import type { Scene } from "../scene";
import type { AgentJobs } from "./agentJobs";
import type { Watcher } from "./backupReport";
import type { Catalog } from "./catalog";
import type { BackupStacks } from "./stacks";
import type { VaultBucket } from "./vaultBucket";

/** What says that the newest backup is not what was stored; and what the probe says once more. */
export async function noticing(
  { account, lab }: Scene,
  stacks: BackupStacks,
  jobs: AgentJobs,
  bucket: VaultBucket,
  catalog: Catalog,
  reader: Readonly<Record<string, string>>,
): Promise<{ readonly corruptionNoticedBy: readonly Watcher[]; readonly probeAgain: string }> {
  const { name: cluster } = lab.userCluster();
  const [newest] = await catalog.complete();
  if (newest === undefined) throw new Error("there is no backup");
  const store = ["--store", bucket.location];
  const uploader = await bucket.credentials(cluster, `${cluster}-etcd-backup`);
  const check = ["check", "--objective", "1h", "--verify", "--probe", uploader, ...store, "-o", "json"];
  const sound = await stacks.command(reader, ...check);
  account.check(sound.exitCode === 0, `before it rots, check ends with ${sound.exitCode} ${sound.stderr}`);
  await bucket.rot(`etcd/${newest.key}/snapshot.db.zst`);
  const verify = await stacks.command(reader, "catalog", "verify", ...store);
  const drill = await jobs.run(`${cluster}-etcd-drill`, "drill-after");
  const checked = await stacks.command(reader, ...check);
  account.quote(verify.stdout);
  const isNoticed: Readonly<Record<Watcher, boolean>> = {
    verify: verify.exitCode === 3 && verify.stdout.includes(newest.key),
    drill: drill.outcome === "failed",
    check: sound.exitCode === 0 && checked.exitCode === 1 && checked.stdout.includes(newest.key),
  };
  const { probe } = JSON.parse(sound.stdout || "{}") as { probe?: { outcome: string } };
  const corruptionNoticedBy = (Object.keys(isNoticed) as Watcher[]).filter((one) => isNoticed[one]);
  return { corruptionNoticedBy, probeAgain: probe?.outcome ?? "no verdict" };
}
