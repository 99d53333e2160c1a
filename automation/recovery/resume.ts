import { FailedError, UserError } from "../../components/errors";
import { performAct } from "../step/runStep";
import { asUserError } from "../step/stepOutcome";
import type { OpenRestore } from "./openRestore";
import { explainWithoutStack } from "./ownWords";
import { nameOf, resumedPhases } from "./recoveryPlan";

/** What `pulumi up` does from the last look on, for the day the stack's state is lost. @throws FailedError */
export async function resume(restore: OpenRestore): Promise<void> {
  const { ledger, arguments: args, members } = restore;
  for (const phase of resumedPhases(restore)) {
    process.stderr.write(`${phase.act}\n`);
    const each = phase.where === "member" ? members : [undefined];
    const runs = each.map((member) =>
      performAct(phase.act, { ...args, ...(member === undefined ? {} : { member }) }).then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    const failure = (await Promise.all(runs)).find((error) => error !== undefined);
    if (failure !== undefined) throw stopped(nameOf(ledger), phase.act, failure);
  }
}

function stopped(name: string, act: string, cause: unknown): unknown {
  const error = asUserError(cause, "then run the same command again");
  if (!(error instanceof UserError)) return error;
  process.stderr.write(`${explainWithoutStack(error)}\n`);
  return new FailedError(
    `${name}: ${act} failed (see above).`,
    "Mend the cause, then run the same command again; before the commit 'etcd-recovery undo' goes back.",
  );
}
