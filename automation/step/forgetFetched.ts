import type { Ledger } from "../../components/procedure/ledger";
import { isOver } from "../../components/procedure/ledgerRecord";
import { forgetSnapshot, hasFetched, snapshotCache } from "../../store/snapshotCache";

/**
 * Removes what was fetched from a bucket for a restore that is over: nothing goes on with it. A restore that is over stays
 * so, whatever comes of this; a cache on another machine is swept by the restores there.
 */
export async function forgetFetched(
  ledger: Pick<Ledger, "id" | "past">,
  say: (line: string) => void,
): Promise<void> {
  try {
    if (!(await hasFetched(snapshotCache(), ledger.id))) return;
    const record = await ledger.past(ledger.id);
    if (record === undefined || !isOver(record) || !record.snapshot) return;
    await forgetSnapshot({ cache: snapshotCache(), id: ledger.id, sha256: record.snapshot });
  } catch (error) {
    say(
      `warning: the fetched snapshot could not be removed from ${snapshotCache()}: ${(error as Error).message}`,
    );
  }
}
