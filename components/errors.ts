/**
 * A mistake that the person who runs the program can mend: a wrong setting, a damaged file, a cluster that is not
 * fit for the operation. Shown as its message alone, without a stack trace.
 */
export class UserError extends Error {
  /** The command or setting that mends it. */
  readonly remedy: string | undefined;
  /** What is wrong, without what mends it. */
  readonly statement: string;

  /** @param message names the input, then says what is wrong. @param remedy what to run or to set. */
  constructor(message: string, remedy?: string) {
    super(remedy === undefined ? message : `${ended(message)} ${remedy}`);
    this.name = "UserError";
    this.remedy = remedy;
    this.statement = message;
  }
}

/** Of what follows a sentence is told apart. */
const ended = (message: string): string => (/[.!?:;]$/.test(message) ? message : `${message}.`);

/** A check said no before anything was changed: a damaged snapshot, a living quorum, another cluster. */
export class RefusedError extends UserError {
  constructor(message: string, remedy?: string) {
    super(message, remedy);
    this.name = "RefusedError";
  }
}

/** An operation that began and did not reach its end: somebody has to look, and the remedy says what to run next. */
export class FailedError extends UserError {
  constructor(message: string, remedy?: string) {
    super(message, remedy);
    this.name = "FailedError";
  }
}
