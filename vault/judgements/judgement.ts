import type { VaultPlan } from "../vaultPlan";
import type { VaultSettings } from "../vaultSettings";

/** Settings that contradict each other: what is wrong, and what mends it. */
export interface Contradiction {
  /** Keys below `vault` that it is about, the one to change first. */
  readonly keys: readonly string[];
  readonly sentence: string;
  readonly remedy: string;
}

/** Looks at settings and what follows from them; pure. */
export type Judgement = (settings: VaultSettings, plan: VaultPlan) => readonly Contradiction[];
