import type { AgentSettings } from "./agentSettings";
import { type RunOptions, runBackup } from "./backup";
import { runDrill } from "./drill";
import { runProbe } from "./probe";
import { runPrune } from "./prune";
import { runWatch } from "./watch";

/** What came of an act. */
export interface Outcome {
  /** False: it ran to its end, and its answer is no. */
  readonly isDone: boolean;
  /** Goes into the last line on stdout. */
  readonly result: object;
}

export const acts = {
  backup: async (settings, options) => ({ isDone: true, result: await runBackup(settings, options) }),
  drill: async (settings, options) => {
    const result = await runDrill(settings, options);
    return { isDone: result.outcome === "passed", result };
  },
  probe: async (settings, options) => {
    const result = await runProbe(settings, options);
    return { isDone: result.outcome === "refused", result };
  },
  prune: async (settings, options) => {
    const result = await runPrune(settings, options);
    return { isDone: result.failed.length === 0, result };
  },
  watch: async (settings, options) => ({ isDone: true, result: await runWatch(settings, options) }),
} satisfies Record<string, (settings: AgentSettings, options: RunOptions) => Promise<Outcome>>;

export type Act = keyof typeof acts;
export const isAct = (text: string): text is Act => Object.hasOwn(acts, text);
