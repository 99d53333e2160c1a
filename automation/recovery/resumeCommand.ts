import type { Command } from "commander";
import { FailedError, UserError } from "../../components/errors";
import { openSubstrate } from "../../components/hosted/openSubstrate";
import { type Phase, stepsAfterGuard } from "../../components/procedure/phases";
import { performAct } from "../step/runStep";
import { asUserError, explain } from "../step/stepOutcome";
import { type OpenRestore, recoveryCommand } from "./recoveryCommand";
import { removeTools } from "./removeTools";

/** `etcd-recovery resume`: what `pulumi up` does from the last look on, for the day the stack's state is lost. */
export function resumeCommand(): Command {
  return recoveryCommand(
    "resume",
    "finish the open restore of a user cluster from its ledger, without the stack's state",
    resume,
  );
}

async function resume(restore: OpenRestore): Promise<void> {
  const { ledger, arguments: args } = restore;
  if (ledger.phase === "undoing" || ledger.phase === "undone") {
    throw new UserError(
      `restore ${ledger.id}: is ${ledger.phase}: it does not go on.`,
      ledger.phase === "undoing" ? "Finish that: etcd-recovery undo (same options)." : "Start a new restore.",
    );
  }
  const members = await membersOf(restore);
  for (const phase of withoutStack(stepsAfterGuard(args.operation))) {
    process.stderr.write(`${phase.act}\n`);
    const each = phase.where === "member" ? members : [undefined];
    const runs = each.map((member) =>
      performAct(phase.act, { ...args, ...(member === undefined ? {} : { member }) }).then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    const failure = (await Promise.all(runs)).find((error) => error !== undefined);
    if (failure !== undefined) throw stopped(ledger.id, phase.act, failure);
  }
  await removeTools(args);
}

/** The last look, and what reads the ledger alone: what stages needs a file that only the stack names. */
function withoutStack(phases: readonly Phase[]): readonly Phase[] {
  return phases.filter(({ request, act }) => request !== true || act === "confirm");
}

async function membersOf({ arguments: args }: OpenRestore): Promise<readonly string[]> {
  const substrate = await openSubstrate(args, "resume", () => undefined);
  try {
    return substrate.members.map(({ name }) => name);
  } finally {
    substrate.close();
  }
}

function stopped(id: string, act: string, cause: unknown): unknown {
  const error = asUserError(cause);
  if (!(error instanceof UserError)) return error;
  process.stderr.write(`${explain(error)}\n`);
  return new FailedError(
    `restore ${id}: ${act} failed (see above).`,
    "Mend the cause, then run the same command again; before the commit 'etcd-recovery undo' goes back.",
  );
}
