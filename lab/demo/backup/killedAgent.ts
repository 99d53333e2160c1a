import { waitUntil } from "../../waiting";
import type { AgentJobs } from "./agentJobs";
import type { Catalog } from "./catalog";
import type { VaultBucket } from "./vaultBucket";

/**
 * The bucket never answers the upload of a manifest; the agent is killed there. Whether that left no backup more, and the
 * next run one.
 */
export async function killBeforeManifest(
  jobs: AgentJobs,
  { gate }: VaultBucket,
  catalog: Catalog,
  cluster: string,
): Promise<boolean> {
  const cronJob = `${cluster}-etcd-backup`;
  const before = (await catalog.complete()).length;
  gate.hold("manifest.json&");
  await jobs.start(cronJob, "killed");
  await waitUntil({ what: "the agent's manifest", timeoutSeconds: 120 }, async () => gate.heldRequests > 0);
  await jobs.kubectl("delete", "job", "killed", "--cascade=foreground", "--timeout=60s", "--grace-period=0");
  gate.hold(undefined);
  const after = await catalog.list();
  const isLeft = after.some(({ state }) => state === "incomplete");
  const isNone = after.filter(({ state }) => state === "complete").length === before;
  const next = await jobs.run(cronJob, "after-killed");
  return isLeft && isNone && next.done && (await catalog.complete()).length === before + 1;
}
