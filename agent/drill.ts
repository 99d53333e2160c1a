import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { FailedError, RefusedError, type UserError } from "../components/errors";
import { StreamDigest } from "../snapshot/streamDigest";
import { AgeIdentities } from "../store/age/identities";
import { isAhead } from "../store/ahead";
import { type Backup, type CompleteBackup, isComplete, listBackups } from "../store/backups";
import { type Drill, writeDrill } from "../store/drills";
import { MANIFEST } from "../store/manifest";
import { openStore } from "../store/openStore";
import { openPlain } from "../store/plainSnapshot";
import type { Store } from "../store/store";
import { StoreError } from "../store/storeError";
import { verifyBackup } from "../store/verifyBackup";
import type { AgentSettings } from "./agentSettings";
import type { RunOptions } from "./backup";
import { compareKeys } from "./comparedKeys";
import { checkIdentity, describe } from "./described";
import { ScratchEtcd } from "./scratchEtcd";
import { Spool } from "./spool";
import { Watchdog } from "./watchdog";

/** A drill, and of which backup. */
export interface DrillResult extends Drill {
  /** Address. */
  readonly backup: string;
}

/**
 * Restores the newest backup of the settings' cluster into a scratch directory, starts etcd on it and compares what it
 * says with the manifest. What came of it is written beside the backup.
 *
 * @throws UserError when there is no backup, or a drill could not be held: that is no verdict on the backup
 */
export async function runDrill(settings: AgentSettings, options: RunOptions): Promise<DrillResult> {
  const { say, toolVersion } = options;
  const store = options.store ?? openStore(settings.store, "store");
  const watchdog = new Watchdog(settings, options.signal);
  const spool = await Spool.open(settings.spool);
  try {
    const backup = await watchdog.within(newest(store, settings.cluster));
    say("drill-begins", { backup: backup.key, state: backup.state });
    const identities = await AgeIdentities.named(settings.identityFile, "identityFile of the settings");
    const known = { identities, kubeSystemUid: settings.kubeSystemUid };
    const held = await hold(store, backup, spool, watchdog, known);
    await watchdog.within(stillThere(store, backup));
    const drill = { formatVersion: 1 as const, time: new Date().toISOString(), ...held, toolVersion };
    await watchdog.within(writeDrill(store, backup.key, drill));
    say(`drill-${drill.outcome}`, { backup: backup.key, sentence: drill.sentence });
    return { ...drill, backup: store.address(backup.key) };
  } finally {
    watchdog.end();
    await spool.remove();
  }
}

/** Also one that is corrupt: passing it over would hide it. One from the future would hide all others: it comes last. */
async function newest(store: Store, cluster: string): Promise<Backup> {
  const all = await listBackups(store, cluster);
  const counted = all.filter(({ state }) => state === "complete" || state === "corrupt");
  const now = Date.now();
  const found = counted.find((backup) => !isAhead(backup, now)) ?? counted[0];
  if (found !== undefined) return found;
  throw new FailedError(`${store.location}: has no backup of ${cluster}.`, "Take one: agent backup");
}

/** A pruner may have removed it: a verdict beside nothing would be the cluster's newest, and false. @throws FailedError */
async function stillThere(store: Store, { key }: Backup): Promise<void> {
  const objects = await store.list(`${key}/`);
  if (objects.some((object) => object.key === `${key}/${MANIFEST}`)) return;
  throw new FailedError(
    `drill: ${store.address(key)}: was removed while it was drilled; that says nothing of it.`,
    "The next drill takes the newest.",
  );
}

/** What the settings say beside the store. */
interface Known {
  readonly identities: AgeIdentities | undefined;
  readonly kubeSystemUid: string | undefined;
}

type Held = Omit<Drill, "formatVersion" | "time" | "toolVersion">;

async function hold(
  store: Store,
  backup: Backup,
  spool: Spool,
  watchdog: Watchdog,
  known: Known,
): Promise<Held> {
  if (!isComplete(backup)) return failed(`it is ${backup.state}: ${backup.reason}`);
  try {
    return await restore(store, backup, spool, watchdog, known);
  } catch (error) {
    if (watchdog.signal.aborted) throw watchdog.signal.reason;
    // a store that does not answer, or a tool that is missing, says nothing of the backup
    const isVerdict =
      error instanceof RefusedError ||
      (error instanceof StoreError && ["missing", "corrupt"].includes(error.fault));
    if (!isVerdict) throw error;
    return failed((error as UserError).message);
  }
}

const failed = (sentence: string): Held => ({ outcome: "failed", sentence });

async function restore(
  store: Store,
  backup: CompleteBackup,
  spool: Spool,
  watchdog: Watchdog,
  { identities, kubeSystemUid }: Known,
): Promise<Held> {
  const { manifest, key } = backup;
  await ScratchEtcd.checkTools();
  const damaged = await watchdog.within(verifyBackup(store, backup));
  if (damaged !== undefined) return failed(damaged);
  const begun = performance.now();
  const path = spool.path("snapshot.db");
  const moved = watchdog.watch(`${store.address(key)}: reading`);
  const digest = new StreamDigest();
  await pipeline(
    openPlain(store, backup, identities),
    async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        moved();
        digest.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(path, { flags: "wx", mode: 0o600 }),
    { signal: watchdog.signal },
  );
  watchdog.rest();
  const { sha256, contentSha256 } = digest.finish();
  if (sha256 !== manifest.snapshot.plain.sha256)
    return failed(`its snapshot has SHA-256 ${sha256}, its manifest says ${manifest.snapshot.plain.sha256}`);
  const described = await describe(path, { sha256, contentSha256 }, () => undefined);
  checkIdentity(described, kubeSystemUid, "backups of another cluster lie here under its name");
  const etcd = await ScratchEtcd.restored(path, spool, watchdog.signal);
  try {
    await etcd.answers(watchdog.signal);
    const restoreSeconds = Math.round((performance.now() - begun) / 100) / 10;
    const found = await compareKeys(etcd.connection, described.keys, watchdog.signal);
    const hashKv = await etcd.connection.hashKv(60);
    const said = { restoreSeconds, revision: found.revision, keys: found.keys, hashKv };
    const difference = found.difference ?? revisionDifference(found.revision, manifest.etcd.revision);
    if (difference !== undefined) return { ...failed(difference), ...said };
    const sentence = `restored in ${restoreSeconds} s: ${found.keys} keys at revision ${found.revision}`;
    return { outcome: "passed", sentence, ...said };
  } finally {
    await etcd.stop();
  }
}

const revisionDifference = (found: string, said: string): string | undefined =>
  found === said ? undefined : `the restored etcd is at revision ${found}, its manifest says ${said}`;
