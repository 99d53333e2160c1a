import { FailedError, RefusedError, UserError } from "./errors";

/** Exit codes of every command, kept stable for pipelines (docs/reference/commands.md). */
export const ExitCode = {
  /** Done and proven. */
  done: 0,
  /** Failed, and an operator is needed; the message says which command next. */
  failed: 1,
  /** Wrong arguments or configuration. */
  usage: 2,
  /** Refused by a check; nothing was changed. */
  refused: 3,
  /** Ended by Ctrl-C, as shells count it: 128 and the signal's number. */
  interrupted: 130,
} as const;

/** The exit code of an error that a person can mend; any other is ours, and is thrown on. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof UserError)) throw error;
  if (error instanceof RefusedError) return ExitCode.refused;
  return error instanceof FailedError ? ExitCode.failed : ExitCode.usage;
}
