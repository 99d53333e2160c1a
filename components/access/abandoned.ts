import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { lives } from "../lives";

/** How the name of a directory begins that goes with this process: by it, one that was killed is known. */
export const prefixOfProcess = (prefix: string): string => `${prefix}${process.pid}-`;

/** Removes what killed processes have left of the directories that {@link prefixOfProcess} names. */
export function removeAbandoned(parent: string, prefix: string): void {
  for (const name of namesIn(parent, prefix)) {
    const pid = Number(/^(\d+)-/.exec(name.slice(prefix.length))?.[1]);
    if (!(pid > 0) || lives(pid)) continue;
    // Another user's stays.
    try {
      rmSync(join(parent, name), { recursive: true, force: true });
    } catch {}
  }
}

function namesIn(directory: string, prefix: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => name.startsWith(prefix));
  } catch {
    return [];
  }
}
