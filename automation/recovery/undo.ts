import { FailedError, UserError } from "../../components/errors";
import { performAct } from "../step/runStep";
import { asUserError } from "../step/stepOutcome";
import type { OpenRestore } from "./openRestore";
import { explainWithoutStack } from "./ownWords";
import { nameOf } from "./recoveryPlan";

/** What `pulumi destroy` does before the commit, for the day the stack's state is lost. @throws FailedError */
export async function undo({ ledger, arguments: args }: OpenRestore): Promise<void> {
  try {
    await performAct("undo", args);
  } catch (cause) {
    const error = asUserError(cause, "then run the same command again");
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`${explainWithoutStack(error)}\n`);
    throw new FailedError(
      `${nameOf(ledger)}: not undone (see above).`,
      "Mend the cause, then run the same command again.",
    );
  }
}
