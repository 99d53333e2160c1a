import type { UserCluster } from "./backupSource";
import type { CapturedFacts } from "./captured";

/** What the user cluster says of itself now. What it does not say is absent: silence is no difference. */
export async function askUser(
  user: UserCluster | undefined,
  say: (line: string) => void,
): Promise<Pick<CapturedFacts, "kubeSystemUid" | "kubernetesVersion">> {
  if (user === undefined) return {};
  const [uid, version] = await Promise.allSettled([user.clusterUid(), user.version()]);
  if (uid.status === "rejected") {
    const why = (uid.reason as Error).message;
    say(`userKubeconfig: its cluster did not say who it is (${why}); the snapshot is not compared with it`);
  }
  return {
    ...(uid.status === "fulfilled" ? { kubeSystemUid: uid.value } : {}),
    ...(version.status === "fulfilled" ? { kubernetesVersion: version.value } : {}),
  };
}
