/** Exit codes of every command, kept stable for pipelines (docs/reference/snapshot.md). */
export const ExitCode = {
  /** Done and proven. */
  done: 0,
  /** Failed, and an operator is needed; the message says which command next. */
  failed: 1,
  /** Wrong arguments or configuration. */
  usage: 2,
  /** Refused by a check; nothing was changed. */
  refused: 3,
} as const;
