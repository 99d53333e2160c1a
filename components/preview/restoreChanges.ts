import { compareKeys, diffSnapshots, type ReplacedObject } from "../../snapshot";
import type { LedgerStore } from "../procedure/ledgerStore";
import type { EtcdClient } from "../procedure/substrate";
import { type ChangedObjects, changedObjects } from "./changedObjects";
import { readLiveEtcd } from "./liveEtcd";
import { settledPhase } from "./settledPhase";

/** What the cluster's present state is known from. */
export interface ComparedWith {
  /** "live": etcd itself; "backup": the newest one, since etcd could not be read; "nothing": it is not known. */
  readonly kind: string;
  /** Of "live" the member that was asked, and its revision. */
  readonly member?: string;
  readonly revision?: number;
  /** Of "backup". */
  readonly path?: string;
  /** Why etcd could not be read. */
  readonly why?: string;
}

/** What a restore does to the objects of a cluster; counts and names, never values. */
export interface RestoreChanges {
  readonly comparedWith: ComparedWith;
  /** Objects that exist now and are not in the snapshot. */
  readonly vanish: ChangedObjects;
  /** Objects that are in the snapshot and do not exist now. */
  readonly return: ChangedObjects;
  /** Objects that go back to an earlier state. */
  readonly change: ChangedObjects;
}

/** What a look at a cluster needs, which belongs to no operation. */
export interface ClusterReader {
  /** Names of the etcd members. */
  readonly members: readonly string[];
  readonly etcd: Pick<EtcdClient, "run">;
  readonly ledger: Pick<LedgerStore, "read" | "past">;
  close(): void;
}

/** A restore that was not carried out yet. */
export interface PlannedRestore {
  readonly id: string;
  /** Opens the cluster for questions. */
  readonly open: () => Promise<ClusterReader>;
  /** Absolute path of the snapshot. */
  readonly snapshot: string;
  readonly allowUnhashed: boolean;
  /** Absolute path of the cluster's newest backup, when it is newer than the snapshot. */
  readonly newestBackup?: string;
  /** Told how far the restore has come, where its cluster is no longer as it was found. */
  readonly settled?: (phase: string) => void;
}

/**
 * Compares the snapshot with the cluster as it is: with the keys of a living etcd member, else with the newest backup.
 * Read-only, and never an obstacle: what could not be known is said.
 */
export async function restoreChanges(restore: PlannedRestore): Promise<RestoreChanges> {
  let reader: ClusterReader | undefined;
  try {
    reader = await restore.open();
    const phase = await settledPhase(reader.ledger, restore.id);
    if (phase !== undefined) {
      restore.settled?.(phase);
      return unknown(`restore ${restore.id} is ${phase}: etcd is not as it was found`);
    }
    return await againstLive(restore, reader);
  } catch (cause) {
    return againstBackup(restore, (cause as Error).message);
  } finally {
    reader?.close();
  }
}

async function againstLive(
  { snapshot, allowUnhashed }: PlannedRestore,
  { members, etcd }: ClusterReader,
): Promise<RestoreChanges> {
  const { member, revision, keys } = await readLiveEtcd(members, etcd);
  const compared = await compareKeys(keys, snapshot, { allowUnhashed });
  if (!compared.valid) throw new Error(compared.problem.message);
  return changesOf({ kind: "live", member, revision }, compared.items);
}

async function againstBackup(restore: PlannedRestore, why: string): Promise<RestoreChanges> {
  const { snapshot, newestBackup, allowUnhashed } = restore;
  if (newestBackup === undefined) return unknown(why);
  const diff = await diffSnapshots(newestBackup, snapshot, { allowUnhashed });
  if (!diff.valid) return unknown(`${why}; ${diff.problem.message}`);
  return changesOf({ kind: "backup", path: newestBackup, why }, diff.items);
}

function changesOf(comparedWith: ComparedWith, items: readonly ReplacedObject[]): RestoreChanges {
  const of = (change: ReplacedObject["change"]) =>
    changedObjects(items.filter((item) => item.change === change));
  return { comparedWith, vanish: of("removed"), return: of("added"), change: of("changed") };
}

function unknown(why: string): RestoreChanges {
  return changesOf({ kind: "nothing", why }, []);
}
