import { isBackupArguments, parseBackupArguments } from "../../components/backup/backupArguments";
import { UserError } from "../../components/errors";
import { openSubstrate } from "../../components/openSubstrate";
import { type Act, type ActContext, kindOf, runAct } from "../../components/procedure/act";
import { acts } from "../../components/procedure/acts";
import { parseArguments } from "../../components/procedure/arguments";
import { Ledger } from "../../components/procedure/ledger";
import { demandSameSite, siteIn } from "../../components/procedure/site";
import { version } from "../version";
import { forgetFetched } from "./forgetFetched";
import { withSecrets } from "./secretsByStdin";
import { endStep } from "./stepOutcome";

const say = (line: string) => void process.stderr.write(`${line}\n`);

/**
 * Runs one act of an operation.
 *
 * @param name of the act; `undo`, which a deletion runs; or `keep`, which a changed input does, and which prints what the
 *   step has printed before
 * @returns the exit code: 0 done, 1 failed, 2 a setting names what is not there, 3 refused before anything was changed
 */
export async function runStep(name: string): Promise<number> {
  try {
    const { ETCD_RECOVERY_ARGUMENTS, PULUMI_COMMAND_STDOUT: before } = process.env;
    if (name === "keep") {
      await keepAt(ETCD_RECOVERY_ARGUMENTS, before);
      process.stdout.write(before ?? "");
      return 0;
    }
    const told = withSecrets(ETCD_RECOVERY_ARGUMENTS);
    const result = isBackupArguments(told)
      ? await backUp(name, told)
      : await performAct(name, parseArguments(told), before);
    process.stdout.write(`${JSON.stringify(result ?? {})}\n`);
    return 0;
  } catch (error) {
    return endStep(error);
  }
}

/** What was done stays done, and where it was: nothing is asked where it does not say that. */
async function keepAt(args: string | undefined, before: string | undefined): Promise<void> {
  if (siteIn(before) !== undefined) await performAct("keep", parseArguments(withSecrets(args)), before);
}

const keep: Act = async () => ({});

/** A backup's own steps; what they need is loaded for them alone. */
async function backUp(name: string, told: string | undefined): Promise<object> {
  const { performBackupStep } =
    require("../../components/backup/backupSteps") as typeof import("../../components/backup/backupSteps");
  return performBackupStep(name, parseBackupArguments(told), { toolVersion: version, say });
}

/**
 * The same in this process, for `resume` and `undo`.
 *
 * @param before what the step had printed that is undone, or kept: neither happens anywhere else than it says
 */
export async function performAct(name: string, args: ReturnType<typeof parseArguments>, before?: string) {
  const act = name === "keep" ? keep : acts[name];
  if (act === undefined)
    throw new UserError(`there is no act ${name}: steps are run by the stack.`, "pulumi up");
  const { operation, id, member, own, request } = args;
  const substrate = await openSubstrate(args, name, say);
  try {
    const ledger = new Ledger(substrate.ledger, id, kindOf(operation), substrate.advice);
    const context: ActContext = { operation, id, request, member, own, substrate, ledger, say };
    const isRow = act !== keep && name !== "undo";
    if (!isRow) await demandSameSite(context, before);
    const result = await (isRow ? runAct(name, act, context) : act(context));
    if (name === "undo" || name === "release") await forgetFetched(ledger, say);
    return result;
  } finally {
    substrate.close();
  }
}
