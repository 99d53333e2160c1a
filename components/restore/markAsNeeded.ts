import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../errors";
import type { LocalSnapshot } from "./localSnapshot";

/** A store that does not answer holds up no restore, of which the snapshot may long be here. */
const SECONDS = 5;

/**
 * Has the pruner told that a restore needs its backup. It is carried out all the same where the store takes no mark, or none
 * in time: whoever may write there can lay a hold.
 *
 * @param seconds how long is waited for the store
 */
export async function markAsNeeded(
  { need }: Pick<LocalSnapshot, "need">,
  seconds: number = SECONDS,
): Promise<void> {
  try {
    await Promise.race([need(), after(seconds)]);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    void pulumi.log.warn(
      `restore.snapshot: a pruner may remove this backup before the restore is finished, for no mark could be laid beside it: ${error.message}\n  An object named hold beside it keeps it as well.`,
    );
  }
}

async function after(seconds: number): Promise<never> {
  await sleep(seconds * 1000, undefined, { ref: false });
  throw new UserError(`its store has not answered within ${seconds} s`);
}
