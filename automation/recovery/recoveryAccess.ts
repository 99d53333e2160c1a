import type { StepArguments } from "../../components/procedure/arguments";
import { hostedRecovery } from "./hostedRecovery";
import { machinesRecovery } from "./machinesRecovery";
import type { RecoveryOptions } from "./recoveryCommand";

/** How a command reaches the cluster whose ledger it looks for, whatever its members live on. */
export interface RecoveryAccess {
  /** As a step is told it. Of machines it holds private keys: it is never printed. */
  readonly substrate: StepArguments["substrate"];
  /** What names the cluster, for documents. */
  readonly about: Readonly<Record<string, unknown>>;
  /** The options that say it, for a command line. */
  readonly words: readonly string[];
  /** Said when there is no ledger. */
  readonly none: string;
  /** Said before the reason when it could not be asked. */
  readonly unasked: string;
}

/** @throws UserError when what the options name cannot be used */
export function recoveryAccess(options: RecoveryOptions): RecoveryAccess {
  return options.machines === undefined ? hostedRecovery(options) : machinesRecovery(options);
}
