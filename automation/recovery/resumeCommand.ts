import type { Command } from "commander";
import { FailedError, UserError } from "../../components/errors";
import { repairAfterGuard } from "../../components/repair/repairOrder";
import { type OrderedStep, stepsAfterGuard } from "../../components/restore/restoreOrder";
import type { Ledger } from "./ledger";
import { type OpenRestore, recoveryCommand } from "./recoveryCommand";
import { runStep } from "./stepRun";

/** `etcd-recovery resume`: what `pulumi up` does from the guard on, for the day the stack's state is lost. */
export function resumeCommand(): Command {
  return recoveryCommand(
    "resume",
    "finish the open restore of a user cluster from its ledger, without the stack's state",
    resume,
  );
}

async function resume({ ledger, environment }: OpenRestore): Promise<void> {
  if (ledger.phase === "undoing" || ledger.phase === "undone") {
    throw new UserError(
      `restore ${ledger.id}: is ${ledger.phase}: it does not go on.`,
      ledger.phase === "undoing" ? "Finish that: etcd-recovery undo (same options)." : "Start a new restore.",
    );
  }
  const members = (environment.MEMBERS ?? "").split(" ");
  for (const { script, each } of [...stepsOf(ledger), { script: "remove-tools", each: "restore" }]) {
    process.stderr.write(`${script}\n`);
    const runs = (each === "member" ? members : [undefined]).map((member) =>
      runStep(ledger.kind, script, { ...environment, ...(member === undefined ? {} : { MEMBER: member }) }),
    );
    if ((await Promise.all(runs)).includes(false)) {
      throw new FailedError(
        `restore ${ledger.id}: ${script} failed (see above).`,
        "Mend the cause, then run the same command again; before the commit 'etcd-recovery undo' goes back.",
      );
    }
  }
}

function stepsOf({ kind }: Ledger): readonly OrderedStep[] {
  return kind === "repair"
    ? repairAfterGuard.map((script) => ({ script, each: "restore" }) as const)
    : stepsAfterGuard;
}
