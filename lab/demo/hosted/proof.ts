import type { Account } from "../account";
import type { MemberState } from "../controlPlane";
import { dumpKeys, type KeyDump } from "../keyDump";
import { keyReport, tellKeys } from "../keyReport";
import { compareKeys, type KeyComparison } from "../keys";
import { type Replicas, replicasText, sameReplicas } from "../replicas";
import { type Carried, upAgain } from "../restoring";
import { rewrittenKeys } from "../rewrittenKeys";
import { awaitLeaders } from "../settling";
import type { ActReport } from "./hostedReport";
import type { HostedScene } from "./hostedScene";

/** What was there before a restore, to compare with. */
export interface Found {
  readonly replicas: Replicas;
  readonly pdb: string | undefined;
}

/** Reads what a restore must leave as it was. */
export async function find({ controlPlane }: HostedScene): Promise<Found> {
  return { replicas: await controlPlane.replicas(), pdb: await controlPlane.pdb() };
}

/** Compares the cluster after a restore with the snapshot and with what was found, and tells what holds. */
export async function prove(
  scene: HostedScene,
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
  await awaitLeaders(scene.api);
  const live = await dumpKeys(controlPlane.etcdctl);
  const keys = compareKeys(snapshot.keys, live.keys, rewrittenKeys);
  const members = await controlPlane.members();
  const after = await find(scene);
  tell(account, { keys, members, found, after });
  return {
    restoreSeconds: Math.round(carried.result.seconds * 10) / 10,
    members,
    ...keyReport(keys),
    secondUp: touched.length === 0 ? "unchanged" : "changed",
    replicasBefore: found.replicas,
    replicasAfter: after.replicas,
    pdbEqual: found.pdb === after.pdb,
  };
}

interface Seen {
  readonly keys: KeyComparison;
  readonly members: readonly MemberState[];
  readonly found: Found;
  readonly after: Found;
}

function tell(account: Account, { keys, members, found, after }: Seen): void {
  tellKeys(account, keys);
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
