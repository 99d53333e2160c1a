import { imageNames } from "../../images/labImages";
import type { Scene } from "../scene";
import { type Catalog, isScheduled } from "./catalog";
import type { BackupStacks } from "./stacks";
import type { VaultBucket } from "./vaultBucket";

/** A restore stack takes `latest` from the bucket. Whether it was a scheduled backup, and the cluster answers again. */
export async function restoreLatest(
  { account, lab }: Scene,
  stacks: BackupStacks,
  bucket: VaultBucket,
  catalog: Catalog,
  reader: Readonly<Record<string, string>>,
): Promise<boolean> {
  const { name: cluster, kubeconfig } = lab.userCluster();
  const user = ["--kubeconfig", kubeconfig];
  await lab.kubectl([...user, "create", "configmap", "written-after-the-backup"]);
  await stacks.init(`restore-${cluster}-night`, {
    operation: "restore",
    utilityImage: imageNames.etcdUtil,
    "restore.id": "night",
    "restore.snapshot": "latest",
    "restore.store": bucket.location,
    "restore.reason": "the demo",
  });
  await stacks.done(reader, "up", "--yes", "--skip-preview");
  const found = await lab.kubectl([
    ...user,
    "get",
    "configmap",
    "written-after-the-backup",
    "-o",
    "name",
    "--ignore-not-found",
  ]);
  const [newest] = await catalog.complete();
  const isGone = found.stdout.trim() === "";
  account.check(isGone, "what was written after the backup is gone, and the API server answers");
  return isGone && newest !== undefined && isScheduled(newest);
}
