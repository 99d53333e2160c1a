import { RefusedError } from "../components/errors";
import { type Attacked, attackBucket, isOpen } from "../store/gcsAttack";
import { isBucketUrl, parseBucketUrl } from "../store/openStore";
import type { AgentSettings } from "./agentSettings";
import type { RunOptions } from "./backup";
import { Watchdog } from "./watchdog";

/** What came of an attack on the store by whoever writes to it. */
export interface ProbeResult extends Attacked {
  /** `refused`: all that was tried was. */
  readonly outcome: "refused" | "open";
}

/**
 * Attacks the settings' bucket by this process's own identity, the uploader's.
 *
 * @throws UserError when that proves nothing: a directory, a bucket that does not answer, an identity that is not known there
 */
export async function runProbe(
  settings: Pick<AgentSettings, "store" | "cluster" | "deadlineSeconds" | "stallSeconds">,
  { say, signal }: Pick<RunOptions, "say" | "signal">,
): Promise<ProbeResult> {
  const { store, cluster } = settings;
  if (!isBucketUrl(store))
    throw new RefusedError(
      `store: ${store} is a directory: whoever writes to it can empty it.`,
      "Copy it to where its writer has no rights, or use a bucket (docs/reference/vault.md).",
    );
  const { bucket, path: prefix } = parseBucketUrl(store, "store");
  const watchdog = new Watchdog(settings, signal);
  try {
    const attacked = await watchdog.within(attackBucket({ bucket, prefix, cluster }));
    for (const attempt of attacked.attempts) say("probe", { ...attempt, object: attacked.object });
    return { ...attacked, outcome: isOpen(attacked) ? "open" : "refused" };
  } finally {
    watchdog.end();
  }
}
