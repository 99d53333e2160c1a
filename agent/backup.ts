import { AgeRecipients } from "../store/age/recipients";
import { type CompleteBackup, snapshotKeyOf, storedGeneration } from "../store/backups";
import { fileContent } from "../store/content";
import { keyList } from "../store/keyList";
import { MANIFEST, type NewManifest } from "../store/manifest";
import { openStore } from "../store/openStore";
import { putBackup } from "../store/putBackup";
import type { Store } from "../store/store";
import { formOf } from "../store/storedForm";
import type { AgentSettings } from "./agentSettings";
import { type ChosenMember, connectToMember } from "./chosenMember";
import { checkIdentity, contentOf, type Described, describe } from "./described";
import type { Say } from "./events";
import { receive } from "./receive";
import { Spool } from "./spool";
import { Watchdog } from "./watchdog";

/** What a run needs beside its settings. */
export interface RunOptions {
  /** Of this program; recorded in the manifest. */
  readonly toolVersion: string;
  readonly say: Say;
  /** Ends the run; its reason is what the run fails with. */
  readonly signal?: AbortSignal;
  /** Default: the one that the settings name. */
  readonly store?: Store;
}

/** A backup in the store. */
export interface BackupResult {
  /** Addresses. */
  readonly path: string;
  readonly snapshot: string;
  readonly manifest: string;
  /** In decimal. */
  readonly revision: string;
  readonly generation: string;
  readonly encoding: "identity" | "zstd";
  readonly bytes: number;
  readonly storedBytes: number;
  /** Absent where an earlier run has stored it. */
  readonly member?: string;
  readonly seconds?: number;
}

/**
 * Takes one backup: streams a snapshot from a healthy member, proves, reads and stores it, the manifest last. Killed at
 * any instant it leaves nothing that counts. A generation that the settings name and the store has is not taken again.
 *
 * @throws UserError
 */
export async function runBackup(settings: AgentSettings, options: RunOptions): Promise<BackupResult> {
  const store = options.store ?? openStore(settings.store, "store");
  const watchdog = new Watchdog(settings, options.signal);
  try {
    const spool = await Spool.open(settings.spool);
    try {
      const known = await watchdog.within(takenBefore(store, settings));
      return known ?? (await take(settings, { ...options, store }, spool, watchdog));
    } finally {
      await spool.remove();
    }
  } finally {
    watchdog.end();
  }
}

/**
 * An identity that can create objects alone is not told: then one more is taken. So it is where the store's is of another
 * cluster, which had this one's name before.
 */
async function takenBefore(
  store: Store,
  { cluster, generation, kubeSystemUid }: AgentSettings,
): Promise<BackupResult | undefined> {
  if (generation === undefined) return undefined;
  const found = await storedGeneration(store, cluster, generation);
  const isAnother = kubeSystemUid !== undefined && found?.manifest.kubeSystemUid !== kubeSystemUid;
  return found === undefined || isAnother ? undefined : resultOf(store, found);
}

function resultOf(store: Store, backup: CompleteBackup): BackupResult {
  const { etcd, generation, snapshot } = backup.manifest;
  return {
    path: store.address(backup.key),
    snapshot: store.address(snapshotKeyOf(backup)),
    manifest: store.address(`${backup.key}/${MANIFEST}`),
    revision: etcd.revision,
    generation,
    encoding: snapshot.encoding,
    bytes: snapshot.plain.bytes,
    storedBytes: snapshot.stored.bytes,
  };
}

async function take(
  settings: AgentSettings,
  { say, toolVersion, store }: RunOptions & { readonly store: Store },
  spool: Spool,
  watchdog: Watchdog,
): Promise<BackupResult> {
  const begun = Date.now();
  const recipients =
    settings.recipients && (await AgeRecipients.of(settings.recipients, "recipients of the settings"));
  const member = await watchdog.within(connectToMember(settings, say));
  say("snapshot-begins", { member: member.name, role: member.role, etcd: member.version });
  const moved = watchdog.watch(`${member.name}: snapshot`);
  const received = await receive(
    member.connection.snapshot(watchdog.signal),
    spool,
    moved,
    watchdog.signal,
    recipients,
  ).finally(() => member.connection.close());
  const { plain, stored, encoding } = received;
  say("snapshot-received", { bytes: plain.bytes, storedBytes: stored.bytes, encoding, sha256: plain.sha256 });
  if (encoding === "identity") say("not-packed", { why: "neither this Node nor a program has zstd" });
  const described = await describe(
    received.plainPath,
    { sha256: plain.sha256, contentSha256: received.contentSha256 },
    watchdog.watch("the snapshot's structure"),
  );
  watchdog.rest();
  watchdog.signal.throwIfAborted();
  checkIdentity(described, settings.kubeSystemUid);
  const keys = await keyList(described.keys, recipients);
  const manifest = {
    ...manifestOf(settings, member, described, new Date(begun)),
    ...formOf(received, recipients),
    toolVersion,
    keys: keys.file,
  };
  const put = await watchdog.within(
    putBackup(store, fileContent(received.storedPath), keys.content, manifest, {
      seconds: secondsSince(begun),
    }),
  );
  const seconds = secondsSince(begun)();
  say("backup-stored", { path: put.path, seconds });
  const { generation, etcd } = manifest;
  const sizes = { bytes: plain.bytes, storedBytes: stored.bytes };
  return { ...put, revision: etcd.revision, generation, encoding, ...sizes, member: member.name, seconds };
}

const secondsSince = (begun: number) => () => (Date.now() - begun) / 1000;

function manifestOf(
  { cluster, profile, members, generation, kubernetesVersion }: AgentSettings,
  member: ChosenMember,
  described: Described,
  time: Date,
): Omit<NewManifest, "toolVersion" | "formatVersion" | "snapshot" | "recipients"> {
  const iso = time.toISOString();
  return {
    cluster,
    profile,
    generation: generation ?? `scheduled-${iso}`,
    time: iso,
    etcd: {
      clusterId: member.clusterId.toString(),
      version: member.version,
      members: members.map(({ name }) => name),
      savedFrom: member.name,
      revision: described.inspection.revision.toString(),
    },
    ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
    ...contentOf(described),
  };
}
