import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../components/errors";

/**
 * A time limit of the lab's, in seconds, for this host: `$ETCD_RECOVERY_LAB_PATIENCE` times as long, default once. Every
 * limit is many times what a machine of the README needs; an emulated one can need more. Throws UserError when the
 * factor is no number from 1 to 100.
 */
export function patient(seconds: number, env: NodeJS.ProcessEnv = process.env): number {
  const text = env.ETCD_RECOVERY_LAB_PATIENCE ?? "1";
  const factor = Number(text);
  if (text.trim() === "" || !(factor >= 1 && factor <= 100)) {
    throw new UserError(
      `ETCD_RECOVERY_LAB_PATIENCE is "${text}".`,
      "Set it to a number from 1 to 100: how many times as long the lab waits.",
    );
  }
  return Math.ceil(seconds * factor);
}

/** How long to wait for something, and what to say when it does not happen. */
export interface Wait {
  /** What is waited for, as it reads after "waiting for". */
  readonly what: string;
  /** Of a machine of the README; see {@link patient}. */
  readonly timeoutSeconds: number;
  /** Default 200. */
  readonly intervalMilliseconds?: number;
  /** Where to look when it did not happen. */
  readonly remedy?: string;
}

/**
 * Asks again and again until the answer is not undefined. A question that throws counts as not answered; its last
 * reason is in the error. Throws UserError after the deadline.
 */
export async function waitFor<T>(wait: Wait, ask: () => Promise<T | undefined>): Promise<T> {
  const timeoutSeconds = patient(wait.timeoutSeconds);
  const deadline = performance.now() + timeoutSeconds * 1000;
  let reason = "";
  while (true) {
    try {
      const answer = await ask();
      if (answer !== undefined) {
        return answer;
      }
      reason = "";
    } catch (error) {
      reason = ` Last answer: ${shortReason(error)}`;
    }
    if (performance.now() > deadline) {
      throw new UserError(
        `Gave up waiting for ${wait.what} after ${timeoutSeconds} s.${reason}`,
        wait.remedy,
      );
    }
    await sleep(wait.intervalMilliseconds ?? 200);
  }
}

/** {@link waitFor} for a yes or no. */
export async function waitUntil(wait: Wait, ask: () => Promise<boolean>): Promise<void> {
  await waitFor(wait, async () => ((await ask()) ? true : undefined));
}

function shortReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n").slice(0, 4).join(" / ").slice(0, 400);
}
