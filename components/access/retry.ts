import { setTimeout as sleep } from "node:timers/promises";
import { ApiError } from "./apiError";
import type { Answer } from "./request";

/** How often a read is tried at most, all within one deadline. */
const tries = 3;
const pausesMs = [100, 500];
/** A server that asks for more is not waited for. */
const longestPauseMs = 5_000;
const passing = new Set([429, 502, 503, 504]);

/**
 * Asks again where the way or the server failed for a moment. For reads alone: who writes must first ask what is there.
 *
 * @param ends by the clock of performance.now(), which nobody sets; no pause goes beyond it
 * @param renewed whether an answer of 401 is worth one more try with other credentials
 */
export async function repeatRead(
  attempt: () => Promise<Answer>,
  ends: number,
  renewed: () => boolean,
  signal: AbortSignal,
): Promise<Answer> {
  for (let tried = 1; ; tried++) {
    const outcome = await attempt().catch((error: unknown) => error);
    const pause = tried < tries ? pauseAfter(outcome, tried, renewed) : undefined;
    if (pause === undefined || performance.now() + pause >= ends) return settled(outcome);
    await sleep(pause, undefined, { signal });
  }
}

/** Milliseconds until the next try; undefined: none. */
function pauseAfter(outcome: unknown, tried: number, renewed: () => boolean): number | undefined {
  const usual = pausesMs[tried - 1];
  if (outcome instanceof ApiError)
    return outcome.kind === "unreachable" || outcome.kind === "interrupted" ? usual : undefined;
  if (outcome instanceof Error) return undefined;
  const { status, headers } = outcome as Answer;
  if (status === 401) return tried === 1 && renewed() ? 0 : undefined;
  if (!passing.has(status)) return undefined;
  const asked = Number(headers["retry-after"] ?? "0") * 1000;
  if (!Number.isFinite(asked) || asked <= 0) return usual;
  return asked <= longestPauseMs ? asked : undefined;
}

function settled(outcome: unknown): Answer {
  if (outcome instanceof Error) throw outcome;
  return outcome as Answer;
}
