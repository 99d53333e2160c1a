import { bytesContent } from "../../store/content";
import type { NewManifest } from "../../store/manifest";
import { putBackup } from "../../store/putBackup";
import type { Store } from "../../store/store";

/** What a test says of a backup. */
export interface TestBackup {
  readonly cluster?: string;
  readonly time?: string;
  readonly sha256?: string;
  readonly bytes?: number;
  readonly kubeSystemUid?: string;
  readonly revision?: string;
}

/** A manifest as a backup writes it. */
export function newManifest(backup: TestBackup = {}): NewManifest {
  const { cluster = "uc1", time = "2026-11-27T01:02:03.000Z", sha256 = "a".repeat(64), bytes = 4 } = backup;
  const { kubeSystemUid = "7c0ffee0-0000-4000-8000-000000000001", revision = "5" } = backup;
  const digest = { bytes, sha256 };
  return {
    formatVersion: 2,
    cluster,
    profile: "gdc-kubeception",
    generation: time,
    time,
    toolVersion: "1",
    kubeSystemUid,
    etcd: { clusterId: "1", version: "3.6.14", members: ["m"], savedFrom: "m", revision },
    snapshot: { file: "snapshot.db", encoding: "identity", plain: digest, stored: digest },
  };
}

/** Puts backups that nobody can restore, but that count as complete. */
export async function putBackups(store: Store, ...backups: readonly TestBackup[]): Promise<string[]> {
  const keys: string[] = [];
  for (const backup of backups) {
    const put = await putBackup(store, bytesContent("data"), bytesContent(""), newManifest(backup));
    keys.push(put.path.slice(store.location.length + 1));
  }
  return keys;
}
