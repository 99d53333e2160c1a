import {
  type RestoreResult,
  type RestoreSettings,
  runRestore,
  type UpdateOptions,
} from "../../automation/driver";
import { UpdateEvents } from "../../automation/updateEvents";
import { UserError } from "../../components/errors";
import type { ActReport, Replicas } from "./demoReport";
import { dumpKeys, type KeyDump } from "./keyDump";
import { compareKeys } from "./keys";
import { rewrittenKeys } from "./rewrittenKeys";
import type { Scene } from "./scene";
import { awaitLeaders } from "./settling";

/** What was there before a restore, to compare with. */
export interface Found {
  readonly replicas: Replicas;
  readonly pdb: string | undefined;
}

/** Reads what a restore must leave as it was. */
export async function find({ controlPlane }: Scene): Promise<Found> {
  return { replicas: await controlPlane.replicas(), pdb: await controlPlane.pdb() };
}

/** A restore that has been carried out. */
export interface Carried {
  readonly settings: RestoreSettings;
  readonly options: UpdateOptions;
  readonly result: RestoreResult;
  /** Milliseconds of `performance.now()`. */
  readonly startedAt: number;
}

/** Compares the cluster after a restore with the snapshot and with what was found, and tells what holds. */
export async function prove(
  scene: Scene,
  snapshot: KeyDump,
  found: Found,
  carried: Carried,
): Promise<ActReport> {
  const { account, controlPlane } = scene;
  const touched = await upAgain(carried);
  account.check(
    touched.length === 0,
    `a second \`pulumi up --expect-no-changes\` changes ${touched.join(", ") || "nothing"}`,
  );
  await controlPlane.awaitAllReady();
  await awaitLeaders(scene);
  const live = await dumpKeys(controlPlane.etcdctl);
  const comparison = compareKeys(snapshot.keys, live.keys, rewrittenKeys);
  const members = await controlPlane.members();
  const after = await find(scene);
  const report: ActReport = {
    restoreSeconds: Math.round(carried.result.seconds * 10) / 10,
    members,
    missing: comparison.missing.length,
    extra: comparison.extra.length,
    changed: comparison.changed.length,
    missingKeys: comparison.missing,
    extraKeys: comparison.extra,
    changedKeys: comparison.changed,
    secondUp: touched.length === 0 ? "unchanged" : "changed",
    replicasBefore: found.replicas,
    replicasAfter: after.replicas,
    pdbEqual: found.pdb === after.pdb,
    keysBefore: comparison.keysBefore,
    keysAfter: comparison.keysAfter,
  };
  const own = comparison.rewritten.length;
  account.check(
    report.missing + report.extra + report.changed === 0,
    `keys: ${report.keysBefore} in the snapshot, ${report.keysAfter} now; ${report.missing} missing, ${report.extra} extra, ${report.changed} changed (${own} rewritten by the control plane itself)`,
  );
  const hashes = new Set(members.map(({ hashKV }) => hashKV));
  account.check(
    hashes.size === 1,
    `hashKV ${[...hashes].join(", ")} on ${members.map(({ name }) => name).join(", ")}`,
  );
  account.check(
    JSON.stringify(found.replicas) === JSON.stringify(after.replicas),
    `replicas: ${replicasText(after.replicas)}`,
  );
  account.check(
    report.pdbEqual,
    found.pdb === undefined ? "no PodDisruptionBudget, as before" : "the PodDisruptionBudget as it was found",
  );
  return report;
}

/** Runs the same update again. Returns the resources that it did not leave alone. */
async function upAgain({ settings, options }: Carried): Promise<string[]> {
  const touched = new UpdateEvents();
  try {
    await runRestore(settings, {
      ...options,
      expectNoChanges: true,
      onEvent: (event) => touched.add(event),
    });
    return [];
  } catch (error) {
    const names = touched.resources.map(({ name, operation }) => `${operation} ${name}`);
    if (error instanceof UserError && names.length > 0) return names;
    throw error;
  }
}

function replicasText(replicas: Replicas): string {
  return Object.entries(replicas)
    .map(([workload, count]) => `${workload.split("/")[1]} ${count}`)
    .join(", ");
}
