import type { LedgerMark } from "./ledgerFormat";
import type { ForwardPhase, Part } from "./ledgerRecord";

/** A row of the table of phases (phases/): one act. */
export interface Phase {
  /** The act's name, as a person would say it: also the resource's, behind the component's. */
  readonly act: string;
  /** Once, or once for each member, all members at once. */
  readonly where: "operator" | "member";
  /** Component that the act stands in; default: the operation's own. */
  readonly group?: Group;
  /** Acts that must be done before; default: the row above. Rows that share it run side by side. */
  readonly after?: readonly string[];
  /** Phases of the ledger at which the act does something; without it the act needs no ledger. */
  readonly from?: readonly ForwardPhase[];
  /** Phase that is written before the act's effect; default: none. */
  readonly to?: ForwardPhase;
  /** The act writes `to` itself, before its effect: it asks first what must hold. */
  readonly advancesItself?: boolean;
  /** Mark that is set before the act's effect. */
  readonly mark?: LedgerMark;
  /** What the act changes of the cluster, for undo: its inverse puts it back. */
  readonly effect?: Effect;
  /** What holds when the act is done, and must hold before the next begins. */
  readonly gate: string;
  /** Longest time; waits inside are shorter. Where the time is bound by progress, a day. */
  readonly minutes: number;
  /** Runs again when the snapshot's digest changes, not only for a new id. Only before the guard's last look. */
  readonly bySnapshot?: boolean;
  /** The act is told what the stack asks for; all others read the ledger alone, and can be run without the stack. */
  readonly request?: boolean;
  /** Only where what members keep beside their data is restored too, or workloads are put under quarantine: without it, what waits for the row waits for the one above. */
  readonly only?: "pki" | "quarantine";
  /** Not a step: objects that the stack itself holds. */
  readonly resource?: boolean;
}

export type Group = "StagedMember" | "Quiesce" | "Swap" | "Start" | "Return";

/** What undo has to put back, and how. */
export type Effect =
  | { readonly kind: "stage" }
  | { readonly kind: "stop"; readonly part: Part }
  | { readonly kind: "budget" }
  | { readonly kind: "swap" }
  | { readonly kind: "fence" }
  | { readonly kind: "swapPki" }
  | { readonly kind: "start"; readonly part: Part }
  | { readonly kind: "member" };
