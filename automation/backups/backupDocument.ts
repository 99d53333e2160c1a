import type { Backup } from "../../store/backups";
import { ageText } from "../../store/catalog";

/** A backup as documents have it. */
export function backupDocument(backup: Backup, now: number): object {
  const { key, cluster, time, state, reason, manifest, bytes, held, drill } = backup;
  return {
    key,
    cluster,
    ...(time === "" ? {} : { time, ageSeconds: Math.floor((now - Date.parse(time)) / 1000) }),
    state,
    ...(reason === undefined ? {} : { reason }),
    bytes,
    ...(manifest === undefined ? {} : { revision: manifest.etcd.revision, generation: manifest.generation }),
    ...(manifest?.formatVersion === 4 ? { recipients: manifest.recipients } : {}),
    ...(held === undefined ? {} : { held }),
    ...(drill === undefined ? {} : { drill }),
  };
}

/** How long ago a backup was taken; empty where nothing says it. */
export const ageOf = ({ time }: Backup, now: number): string =>
  time === "" ? "" : ageText((now - Date.parse(time)) / 1000);
