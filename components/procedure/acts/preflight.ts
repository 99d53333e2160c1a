import type { Act } from "../act";
import { demand } from "../refusal";
import { siteResult } from "../site";
import { inspect } from "./inspect";
import { preflightRepair } from "./repair/preflightRepair";

/**
 * Asks everything that can be asked before anything is made. Read-only.
 *
 * @returns nodes: where each member's volume can be reached, and like what; liveRevision and serverVersion as far as anybody says them;
 *   site: where it asked
 */
export const preflight: Act = async (context) => {
  if (context.operation === "repair")
    return { ...(await preflightRepair(context)), ...(await siteResult(context)) };
  const { refusals, notes, places, like, liveRevision, serverVersion } = await inspect(context);
  for (const note of notes) context.say(note);
  demand(...refusals);
  return {
    nodes: places,
    ...(like === undefined ? {} : { like }),
    liveRevision,
    ...(serverVersion === undefined ? {} : { serverVersion }),
    ...(await siteResult(context)),
  };
};
