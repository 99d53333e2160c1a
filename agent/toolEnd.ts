import { FailedError, RefusedError, type UserError } from "../components/errors";

/** How a tool of etcd's ended in a drill. */
export interface ToolEnd {
  /** What did not come about, e.g. "etcdutl does not restore it". */
  readonly what: string;
  readonly signal: NodeJS.Signals | null;
  /** What it wrote; may be empty. */
  readonly log: string;
  /** Said where it wrote nothing. */
  readonly otherwise: string;
}

/** What a machine lacks, as Go and the kernel say it: nothing of it is in a snapshot. */
const lacking =
  /no space left on device|disk quota exceeded|cannot allocate memory|out of memory|too many open files|read-only file system|permission denied|address already in use|input\/output error/i;

/**
 * A tool that did not do it: a verdict on the backup, unless the machine that drills is what failed it. A good backup that is
 * called broken wakes somebody, and counts for no verified one.
 */
export function judgeToolEnd({ what, signal, log, otherwise }: ToolEnd): UserError {
  if (signal !== null)
    return new FailedError(
      `drill: ${what}: it was ended by ${signal}; that says nothing of the backup.`,
      "Where nobody ended it, it had too little memory: raise the limit.",
    );
  const lines = log.trim().split("\n");
  const lack = lines.find((line) => lacking.test(line));
  if (lack !== undefined)
    return new FailedError(
      `drill: ${what}: ${lack.slice(0, 400)}; that says nothing of the backup.`,
      "Look at the spool's disk: it must hold the snapshot three times.",
    );
  return new RefusedError(`drill: ${what}: ${lines.at(-1)?.slice(0, 400) || otherwise}.`);
}
