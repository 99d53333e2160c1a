import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Who asks, for the clusters' audit logs, e.g. "etcd-recovery/1.2.0 (step swap)". */
export function userAgent(step: string): string {
  return `etcd-recovery/${version()} (step ${step})`;
}

/** Of this program's package.json, which lies above the sources and above what is built of them. */
function version(): string {
  for (let directory = __dirname; directory !== dirname(directory); directory = dirname(directory)) {
    const file = join(directory, "package.json");
    if (!existsSync(file)) continue;
    const { name, version: found } = JSON.parse(readFileSync(file, "utf8"));
    if (name === "etcd-recovery") return String(found);
  }
  return "unknown";
}
