import * as fs from "node:fs";
import * as path from "node:path";

/** The SHA-256 that a {@link receivedVolume} says it has received. */
export const receivedDigest = "ab".repeat(32);

/** Makes a member's volume in `directory` with live data, on which the snapshot of restore r1 has arrived. */
export function receivedVolume(
  directory: string,
  name: string,
  snapshot: string,
): { data: string; work: string } {
  const data = path.join(directory, name);
  const work = path.join(data, ".etcd-recovery", "r1");
  fs.mkdirSync(path.join(data, "member", "snap"), { recursive: true });
  fs.writeFileSync(path.join(data, "member", "snap", "db"), "live");
  fs.mkdirSync(work, { recursive: true });
  fs.copyFileSync(snapshot, path.join(work, "snapshot.db"));
  fs.writeFileSync(path.join(work, "received"), `sha256 ${receivedDigest}\nend \n`);
  return { data, work };
}
