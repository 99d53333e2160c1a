import { join } from "node:path";
import { UserError } from "../../components/errors";
import type { Lab, LoadOptions, LoadReport } from "../lab";
import { Stopwatch } from "../progress";
import { smallestLoad } from "./loadPlan";

/** Fills a cluster. The writing process runs inside the lab's network, where the cluster's address is. */
export async function loadCluster(lab: Lab, options: LoadOptions): Promise<LoadReport> {
  const seed = options.seed ?? 1;
  if (!Number.isInteger(options.objects) || options.objects < smallestLoad) {
    throw new UserError(
      `A load of ${options.objects} objects is too small.`,
      `Write at least ${smallestLoad}.`,
    );
  }
  const cluster =
    options.ownCluster === true || (options.cluster === undefined && lab.userClusters.length === 0)
      ? { name: "the cluster", kubeconfig: lab.adminKubeconfig }
      : lab.userCluster(options.cluster);
  const watch = new Stopwatch();
  const program = [process.execPath, require.resolve("tsx/cli"), join(__dirname, "writeLoad.ts")];
  const result = await lab.run([...program, cluster.kubeconfig, String(options.objects), String(seed)], {
    reject: false,
  });
  if (result.exitCode !== 0) {
    throw new UserError(
      `Loading ${cluster.name} failed: ${result.stderr.trim().split("\n").at(-1)}`,
      `See: npm run lab -- status --name ${lab.name}`,
    );
  }
  const byKind = JSON.parse(result.stdout) as Record<string, number>;
  return {
    objects: Object.values(byKind).reduce((sum, number) => sum + number, 0),
    byKind,
    seconds: watch.seconds,
  };
}
