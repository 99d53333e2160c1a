import type { Operation } from "../../arguments";
import { type LedgerRecord, ledgerPhases, type Part, reached } from "../../ledgerRecord";
import { type Phase, phasesOf } from "../../phases";

/** What of an operation may have happened, and with it what has to be put back. */
export interface Happened {
  /** Something that only the operation needs may lie on the volumes. */
  readonly staged: boolean;
  /** Data may be swapped on some or all of them. */
  readonly swapped: boolean;
  /** A fence may stand. */
  readonly fenced: boolean;
  /** Parts that may be stopped, are being stopped, or may have been started on other data. */
  readonly touched: readonly Part[];
  /** What is put back, in the order in which it is: that of the table, backwards. */
  readonly back: readonly (Part | "budget")[];
}

/** Reads the table of phases by how far the ledger says that the operation came. */
export function whatHappened(operation: Operation, record: LedgerRecord): Happened {
  const effects = phasesOf[operation].flatMap((row) =>
    row.effect !== undefined && mayHave(row, record) ? [row.effect] : [],
  );
  const touched = new Set<Part>();
  const back: (Part | "budget")[] = [];
  let staged = false;
  let swapped = false;
  let fenced = false;
  for (const effect of effects) {
    switch (effect.kind) {
      case "stage":
        staged = true;
        break;
      case "stop":
        touched.add(effect.part);
        back.unshift(effect.part);
        break;
      case "budget":
        back.unshift("budget");
        break;
      case "swap":
        swapped = true;
        break;
      case "fence":
        fenced = true;
        break;
      case "start":
        touched.add(effect.part);
        break;
      case "swapPki":
        // Goes back with the data: the ledger says whether there is something.
        break;
      case "member":
        // A repair has its own way back: what is put back there depends on what the others say.
        break;
      default:
        throw new TypeError(`no inverse is known of ${JSON.stringify(effect satisfies never)}`);
    }
  }
  return { staged, swapped, fenced, touched: [...touched], back };
}

/**
 * A phase and a mark are written before the effect: where neither is written, nor a later phase, it has surely not begun.
 * An older program wrote no mark for servers that it found stopped.
 */
function mayHave({ from = [], to, mark }: Phase, record: LedgerRecord): boolean {
  const written = [to, mark].filter((each) => each !== undefined);
  const last = Math.max(...from.map((phase) => ledgerPhases.indexOf(phase)));
  const later = ledgerPhases.slice(last + 1).filter((phase) => !from.includes(phase));
  const proof = written.length > 0 ? [...written, ...later] : from;
  return proof.some((each) => reached(record, each));
}

/** What the rows after the commit put back. */
export function backAfterCommit(operation: Operation): readonly (Part | "budget")[] {
  const rows = phasesOf[operation];
  const parts = rows.flatMap(({ effect, from = [] }) =>
    effect?.kind === "start" && from.includes("committed") ? [effect.part] : [],
  );
  const budget = rows.some(({ effect }) => effect?.kind === "budget");
  return budget ? [...parts, "budget"] : parts;
}
