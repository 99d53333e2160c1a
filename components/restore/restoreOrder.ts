/** A step's script, and whether it runs once for the restore or once for each member, all members at once. */
export interface OrderedStep {
  readonly script: string;
  readonly each: "restore" | "member";
}

/**
 * The steps of a restore from the guard on, in order: each reads the ledger, so they can be run without the stack.
 * The graph has the same order (test/graph/hostedRestore.test.ts holds the two together).
 */
export const stepsAfterGuard: readonly OrderedStep[] = [
  { script: "quiesce-controllers", each: "restore" },
  { script: "quiesce-servers", each: "restore" },
  { script: "swap", each: "member" },
  { script: "start-etcd", each: "restore" },
  { script: "verify-etcd", each: "restore" },
  { script: "start-apiservers", each: "restore" },
  { script: "commit", each: "restore" },
  { script: "start-controllers", each: "restore" },
  { script: "release", each: "restore" },
];
