import type { Command } from "commander";
import { FailedError } from "../../components/errors";
import { recoveryCommand } from "./recoveryCommand";
import { runStep } from "./stepRun";

/** `etcd-recovery undo`: what `pulumi destroy` does before the commit, for the day the stack's state is lost. */
export function undoCommand(): Command {
  return recoveryCommand(
    "undo",
    "put a user cluster back as the ledger of its open restore says, without the stack's state",
    async ({ ledger, environment }) => {
      for (const step of ["undo", "remove-tools"]) {
        if (!(await runStep(ledger.kind, step, environment)))
          throw new FailedError(
            `restore ${ledger.id}: not undone (see above).`,
            "Mend the cause, then run the same command again.",
          );
      }
    },
  );
}
