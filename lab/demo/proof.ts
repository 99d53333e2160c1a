import {
  type RestoreResult,
  type RestoreSettings,
  runRestore,
  type UpdateOptions,
} from "../../automation/driver";
import { UpdateEvents } from "../../automation/updateEvents";
import { UserError } from "../../components/errors";
import type { Account } from "./account";
import { type ActReport, type MemberState, type Replicas, replicasText, sameReplicas } from "./demoReport";
import { dumpKeys, type KeyDump } from "./keyDump";
import { compareKeys, isEqual, type KeyComparison } from "./keys";
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
  const keys = compareKeys(snapshot.keys, live.keys, rewrittenKeys);
  const members = await controlPlane.members();
  const after = await find(scene);
  tell(account, { keys, members, found, after });
  return {
    restoreSeconds: Math.round(carried.result.seconds * 10) / 10,
    members,
    missing: keys.missing.length,
    extra: keys.extra.length,
    changed: keys.changed.length,
    missingKeys: keys.missing,
    extraKeys: keys.extra,
    changedKeys: keys.changed,
    secondUp: touched.length === 0 ? "unchanged" : "changed",
    replicasBefore: found.replicas,
    replicasAfter: after.replicas,
    pdbEqual: found.pdb === after.pdb,
    keysBefore: keys.keysBefore,
    keysAfter: keys.keysAfter,
  };
}

interface Seen {
  readonly keys: KeyComparison;
  readonly members: readonly MemberState[];
  readonly found: Found;
  readonly after: Found;
}

function tell(account: Account, { keys, members, found, after }: Seen): void {
  const differences = `${keys.missing.length} missing, ${keys.extra.length} extra, ${keys.changed.length} changed`;
  account.check(
    isEqual(keys),
    `keys: ${keys.keysBefore} in the snapshot, ${keys.keysAfter} now; ${differences} (${keys.rewritten.length} rewritten by the control plane itself)`,
  );
  const hashes = new Set(members.map(({ hashKV }) => hashKV));
  const names = members.map(({ name }) => name).join(", ");
  account.check(hashes.size === 1, `hashKV ${[...hashes].join(", ")} on ${names}`);
  account.check(
    sameReplicas(found.replicas, after.replicas),
    `replicas: ${replicasText(after.replicas).replaceAll(/\w+\//g, "")}`,
  );
  const none = found.pdb === undefined;
  account.check(
    found.pdb === after.pdb,
    none ? "no PodDisruptionBudget, as before" : "the PodDisruptionBudget as it was found",
  );
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
