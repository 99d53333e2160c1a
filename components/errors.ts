/**
 * A mistake that the person who runs the program can mend: a wrong setting, a damaged file, a cluster that is not
 * fit for the operation. Shown as its message alone, without a stack trace.
 */
export class UserError extends Error {
  /** The command or setting that mends it. */
  readonly remedy: string | undefined;

  /** @param message names the input, then says what is wrong. @param remedy what to run or to set. */
  constructor(message: string, remedy?: string) {
    super(remedy === undefined ? message : `${message} ${remedy}`);
    this.name = "UserError";
    this.remedy = remedy;
  }
}
