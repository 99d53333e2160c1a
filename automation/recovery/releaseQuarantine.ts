import { RefusedError } from "../../components/errors";
import { openSubstrate } from "../../components/openSubstrate";
import { kindOf } from "../../components/procedure/act";
import { giveBack, heldBack, heldEarlier } from "../../components/procedure/acts/quarantine/giveBack";
import { Ledger } from "../../components/procedure/ledger";
import { isOver } from "../../components/procedure/ledgerRecord";
import { formatOf, print, printDocument } from "../commandLine/documents";
import { confirm } from "./confirmation";
import { type OpenRestore, openRestore } from "./openRestore";
import type { RecoveryOptions } from "./recoveryCommand";
import { nameOf } from "./recoveryPlan";

const say = (text: string) => void process.stderr.write(`${text}\n`);

/** Shows what is under quarantine by the ledger of the last restore, asks, and ends it. @throws UserError */
export async function releaseQuarantine(names: readonly string[], options: RecoveryOptions): Promise<void> {
  const format = formatOf(options);
  const restore = await openRestore(options);
  const { ledger, access } = restore;
  if (isOver(ledger)) await refuseEarlier(restore);
  if (ledger.phase !== "committed" && ledger.phase !== "finished")
    throw new RefusedError(
      `${nameOf(ledger)} is ${ledger.phase}: what is under quarantine is released after the commit.`,
      "Finish it first: pulumi up, or etcd-recovery resume.",
    );
  const workloads = heldBack(ledger, names).map(({ name, replicas }) => ({ name, replicas }));
  const about = { command: "release", ...access.about, id: ledger.id, workloads };
  const text = [
    `Under quarantine since ${nameOf(ledger)}:`,
    ...workloads.map(({ name, replicas }) => `  ${name}: ${replicas} replicas are given back`),
    ...(workloads.length === 0 ? ["  nothing"] : []),
  ].join("\n");
  if (options.dryRun === true || workloads.length === 0) {
    if (format === "table") print(`${text}\nNothing was changed.`);
    else printDocument(format, { ...about, dryRun: options.dryRun === true });
    return;
  }
  say(text);
  if (options.yes !== true) await confirm("release");
  await release(restore, names);
  if (format === "table") print(`Done: ${workloads.map(({ name }) => name).join(", ")}`);
  else printDocument(format, { ...about, dryRun: false });
}

async function release({ arguments: args }: OpenRestore, names: readonly string[]): Promise<void> {
  const { operation, id, request } = args;
  const substrate = await openSubstrate(args, "release", say);
  try {
    const ledger = new Ledger(substrate.ledger, id, kindOf(operation), substrate.advice);
    const own = { member: undefined, own: undefined };
    await giveBack({ operation, id, request, ...own, substrate, ledger, say }, names);
  } finally {
    substrate.close();
  }
}

/** What an earlier restore holds is no more in the ledger that this goes by: it is named, with what it had. */
async function refuseEarlier({ arguments: args, ledger }: OpenRestore): Promise<void> {
  const substrate = await openSubstrate(args, "recovery", () => undefined);
  try {
    const earlier = heldEarlier(await substrate.ledger.all(), ledger);
    if (earlier === undefined) return;
    const had = earlier.workloads.map(({ name, replicas }) => `${name} (${replicas})`);
    const commands = earlier.workloads.map(({ name, replicas }) => {
      const [namespace, kind = "", own] = name.split("/");
      return `kubectl --namespace ${namespace} scale ${kind.toLowerCase()}/${own} --replicas=${replicas}`;
    });
    throw new RefusedError(
      `restore ${earlier.restore} put under quarantine: ${had.join(", ")}; ${nameOf(ledger)} has followed, and nothing is released by its ledger.`,
      `Give back by hand what is at 0 still: ${commands.join("; ")}`,
    );
  } finally {
    substrate.close();
  }
}
