import { randomUUID } from "node:crypto";
import { hostname } from "node:os";

/** A name of its own, which says by which process of which machine it was made: what nobody works in may be removed. */
export const ownedName = (prefix: string): string => `${prefix}${process.pid}-${randomUUID()}@${hostname()}`;

/** Who made what has this name; undefined where the name does not say it. */
export function makerOf(
  prefix: string,
  name: string,
): { readonly pid: number; readonly isOfThisMachine: boolean } | undefined {
  const [, pid, host] = new RegExp(`^${prefix}(\\d+)-[-0-9a-f]{36}@(.+)$`).exec(name) ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), isOfThisMachine: host === hostname() };
}
