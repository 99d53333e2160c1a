import type { Command } from "commander";
import { FailedError, UserError } from "../../components/errors";
import { performAct } from "../step/runStep";
import { asUserError, explain } from "../step/stepOutcome";
import { recoveryCommand } from "./recoveryCommand";
import { removeTools } from "./removeTools";

/** `etcd-recovery undo`: what `pulumi destroy` does before the commit, for the day the stack's state is lost. */
export function undoCommand(): Command {
  return recoveryCommand(
    "undo",
    "put a user cluster back as the ledger of its open restore says, without the stack's state",
    async ({ ledger, arguments: args }) => {
      try {
        await performAct("undo", args);
      } catch (cause) {
        const error = asUserError(cause);
        if (!(error instanceof UserError)) throw error;
        process.stderr.write(`${explain(error)}\n`);
        throw new FailedError(
          `restore ${ledger.id}: not undone (see above).`,
          "Mend the cause, then run the same command again.",
        );
      }
      await removeTools(args);
    },
  );
}
