/**
 * The steps of a repair from the guard on, in order: each reads the ledger, so they can be run without the stack.
 * The graph is made from this list.
 */
export const repairAfterGuard = [
  "hold",
  "replace",
  "seed",
  "swap",
  "start",
  "verify",
  "commit",
  "release",
] as const;
