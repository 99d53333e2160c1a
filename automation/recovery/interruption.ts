import { constants } from "node:os";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** The ledger is asked so long; a cluster that does not answer does not hold a person up. */
const ASK_MS = 5_000;

/**
 * Runs what changes a cluster, so that an interruption ends it with a true account. Steps bear being killed at any
 * instant; what is sent already may still take effect. A second signal ends at once.
 *
 * @param account says how far it is, and how to go on
 */
export async function interruptible(
  work: () => Promise<void>,
  account: () => Promise<string>,
): Promise<void> {
  const interruption = new Interruption(account);
  for (const signal of signals) process.on(signal, interruption.onSignal);
  try {
    await work();
  } catch (cause) {
    // Its own children were ended with it: that is not a failure to tell of.
    if (!interruption.begun) throw cause;
  } finally {
    if (!interruption.begun) for (const signal of signals) process.off(signal, interruption.onSignal);
  }
  if (interruption.begun) await new Promise(() => undefined);
}

class Interruption {
  begun = false;

  constructor(private readonly account: () => Promise<string>) {}

  readonly onSignal = (signal: NodeJS.Signals): void => {
    const code = 128 + constants.signals[signal];
    if (this.begun) process.exit(code);
    this.begun = true;
    process.stderr.write(
      "\nInterrupted. The ledger is asked how far it is; interrupt again to end at once.\n",
    );
    const late = new Promise<string>((done) => setTimeout(done, ASK_MS, ""));
    const asked = this.account().catch(() => "");
    void Promise.race([asked, late]).then((said) => {
      process.stderr.write(said === "" ? "The ledger could not be asked.\n" : said);
      process.exit(code);
    });
  };
}
