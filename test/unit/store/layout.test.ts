import { expect, it } from "vitest";
import { backupKey, placeBelow } from "../../../store/layout";

const key = backupKey("uc1", new Date("2026-11-27T01:02:03.000Z"), "a".repeat(64));

it.each(["", "etcd", "team-a/etcd", "v1", "backups/v1/etcd", "v1/uc1/2026"])(
  "a backup is found below the prefix %j, and so is its snapshot",
  (prefix) => {
    for (const path of [key, `${key}/snapshot.db.zst`])
      expect(placeBelow(prefix === "" ? path : `${prefix}/${path}`)).toMatchObject({
        prefix,
        place: { key, cluster: "uc1", time: "2026-11-27T01:02:03.000Z" },
      });
  },
);

it.each(["", "v1", "etcd/v1/uc1", `${key.slice(0, -1)}`, `${key}/a/b`])("%j is no backup's", (path) => {
  expect(placeBelow(path)).toBeUndefined();
});
