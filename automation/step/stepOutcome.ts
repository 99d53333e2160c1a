import { ApiError } from "../../components/access/apiError";
import { FailedError, type UserError } from "../../components/errors";
import { LedgerMoved } from "../../components/procedure/ledgerStore";
import { MemberScriptError } from "../../components/procedure/substrate";
import { ExitCode, exitCodeOf } from "../exitCode";

/** What a step says when it ends otherwise than well: the statement, and below it, indented, what mends it. */
export function explain(error: UserError): string {
  const { statement, remedy } = error;
  return remedy === undefined ? statement : `${statement}\n  ${remedy}`;
}

/** An answer that did not come is not a fault of this program's: the step can be run again. @param goOn what does so */
export function asUserError(error: unknown, goOn = "then 'pulumi up' goes on"): unknown {
  const foreign =
    error instanceof ApiError || error instanceof MemberScriptError || error instanceof LedgerMoved;
  return foreign ? new FailedError(error.message, `Mend the cause, ${goOn}.`) : error;
}

/** Says how a step ended and gives its exit code. A fault of ours is thrown on, with its stack. */
export function endStep(cause: unknown): number {
  const error = asUserError(cause);
  const code = exitCodeOf(error);
  if (code !== ExitCode.done) process.stderr.write(`${explain(error as UserError)}\n`);
  return code;
}
