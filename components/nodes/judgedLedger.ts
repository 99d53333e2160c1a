import type { Permit } from "../procedure/substrate";
import { allOf } from "../procedure/waiting";
import type { ledgerFiles } from "./ledgerFiles";
import { MOVED } from "./machineScripts";
import { MachineScriptError } from "./nodesContext";

const TRIES = 8;

/** The copies of the ledger, told apart by what is in them. */
export type LedgerDigests = Pick<ReturnType<typeof ledgerFiles>, "digests">;

/**
 * Changes machines, each only under the ledger that was judged: where one moves in between, it is judged anew.
 *
 * @param change told the digest of the machine's copy; its script ends with {@link MOVED} when that is another by now
 */
export async function underJudgedLedger<Machine extends { readonly machine: string }>(
  ledger: LedgerDigests,
  permit: Permit,
  machines: readonly Machine[],
  change: (machine: Machine, digest: string) => Promise<unknown>,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const digests = await ledger.digests();
    await permit();
    try {
      await allOf(machines.map((machine) => change(machine, digests.get(machine.machine) ?? "-")));
      return;
    } catch (cause) {
      const moved = cause instanceof MachineScriptError && cause.code === MOVED;
      if (!moved || attempt >= TRIES) throw cause;
    }
  }
}
