import type { ActContext } from "../../act";
import type { Found, Part } from "../../ledgerRecord";
import { messageOf } from "../../waiting";
import { partNames, workloadsOf } from "../foundParts";
import { awaitGone, stopAll } from "../gone";
import type { Happened } from "./happened";

const servers: readonly Part[] = ["apiServers", "etcd"];

/** Of these parts, those whose end is waited for: a server that is still ending looks ready. */
export const serversAmong = ({ touched }: Happened): readonly Part[] =>
  touched.filter((part) => servers.includes(part));

/**
 * Stops whole what was stopped or was to be stopped, also what a killed run has not got to: its call may still come, and
 * holds no longer once the workloads have changed.
 */
export async function stopTouched(context: ActContext, found: Found, happened: Happened): Promise<void> {
  const { touched, swapped } = happened;
  await stopAll(context, nameOf(touched), workloadsOf(found, ...touched), "undoing");
  const parts = serversAmong(happened);
  if (parts.length === 0) return;
  try {
    await awaitGone(context, nameOf(parts), workloadsOf(found, ...parts));
  } catch (cause) {
    // Under data that is moved nothing may run. Where none is, all are put back in any case.
    if (swapped) throw cause;
    context.say(`warning: ${messageOf(cause)}`);
  }
}

export const nameOf = (parts: readonly Part[]): string => parts.map((part) => partNames[part]).join(", ");
