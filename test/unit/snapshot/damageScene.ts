import * as fs from "node:fs";
import * as path from "node:path";
import { verifySnapshotSync } from "../../../snapshot";
import { kubernetesRecords, scratchDirectory, writeSnapshot } from "../../support/testSnapshot";

/** Damage with a right digest: what etcd's tools panic on, or restore silently. */
export function damageScene() {
  const directory = scratchDirectory();

  /** A large sound snapshot. */
  function sound(): Buffer {
    const free = Array.from({ length: 40 }, (_, i): [Buffer, Buffer] => [
      Buffer.from(`lease-${String(i).padStart(3, "0")}`),
      Buffer.alloc(300, i),
    ]);
    const snapshot = { records: kubernetesRecords(3000), buckets: { leases: free }, freeEvery: 11 };
    return fs.readFileSync(writeSnapshot(directory, "good.db", snapshot));
  }

  function verify(bytes: Buffer) {
    const file = path.join(directory, "damaged.db");
    fs.writeFileSync(file, bytes);
    return verifySnapshotSync(file);
  }
  return { sound, verify, remove: () => fs.rmSync(directory, { recursive: true }) };
}
