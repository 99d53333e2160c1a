import type { ActContext } from "../../act";
import type { Found, FoundWorkload, LedgerPhase, LedgerRecord, Part } from "../../ledgerRecord";
import { errorOf, failed } from "../../refusal";
import { allOf, messageOf, secondsOf } from "../../waiting";
import { partNames, workloadsOf } from "../foundParts";
import { awaitReady, type Expected, sayTroubles, sentence, startAll } from "../ready";
import { putBudgetBack } from "../restorePdb";
import { awaitUserApi, SILENT_API } from "../userApi";

/** What a way back does, and under which phase. */
export interface Back {
  readonly record: LedgerRecord;
  readonly found: Found;
  readonly phase: LedgerPhase;
  readonly what: readonly (Part | "budget")[];
  /** What is waited for of a workload. */
  expected(workload: FoundWorkload, found: Found): Expected;
}

/** A server that others need gets this long before they start: without it they would crash, and be started late. */
const HEAD_START_SECONDS = 30;

/**
 * Puts everything back, whatever fails on the way, and only then waits for what was found ready.
 *
 * @returns warnings: what is not ready. @throws UserError that names what could not be put back
 */
export async function putBack(context: ActContext, back: Back): Promise<readonly string[]> {
  const failures: string[] = [];
  for (const what of back.what) {
    try {
      if (what === "budget") await putBudgetBack(context, back.record.budget ?? "");
      else await startPart(context, back, what);
    } catch (cause) {
      failures.push(`${what === "budget" ? "budget" : partNames[what]}: ${messageOf(cause)}`);
    }
  }
  if (failures.length > 0) {
    throw errorOf(
      failed(
        "not-put-back",
        `not everything is put back: ${failures.join("; ")}`,
        "Mend the cause, then run the same command again.",
      ),
    );
  }
  return awaitAsFound(context, back);
}

async function startPart(context: ActContext, back: Back, part: Part): Promise<void> {
  const workloads = workloadsOf(back.found, part);
  await startAll(context, workloads, back.phase);
  if (part !== "etcd" && part !== "apiServers") return;
  const seconds = Math.min(HEAD_START_SECONDS, secondsOf("START_SECONDS", 180));
  await allOf(
    workloads.map((workload) =>
      awaitReady(context, workload, back.expected(workload, back.found), 0.2, seconds),
    ),
  );
}

async function awaitAsFound(context: ActContext, back: Back): Promise<readonly string[]> {
  const { found, what } = back;
  const workloads = workloadsOf(found, ...what.filter((each) => each !== "budget"));
  const outcomes = await allOf(
    workloads.map((workload) => awaitReady(context, workload, back.expected(workload, found))),
  );
  const lame = outcomes.filter(({ readiness, ready }) => (readiness?.ready ?? 0) < ready);
  await sayTroubles(
    context,
    lame.map(({ workload }) => workload),
  );
  const sick = outcomes.filter(({ ready, workload }) => found.quorum && ready < workload.replicas);
  const silent = await isUserApiSilent(context, back);
  return [...new Set([...lame, ...sick].map(sentence)), ...(silent ? [SILENT_API] : [])];
}

/** Where API servers were found ready, the cluster's own address is to answer again. */
async function isUserApiSilent(context: ActContext, { found, what, expected }: Back): Promise<boolean> {
  if (!what.includes("apiServers")) return false;
  const served = workloadsOf(found, "apiServers").some((workload) => expected(workload, found).ready > 0);
  return served && !(await awaitUserApi(context, Math.min(60, secondsOf("START_SECONDS", 180))));
}
