/** Fields as a store keeps them: names and text. */
export type LedgerFields = Readonly<Record<string, string>>;

/** One copy of the ledger as it was read. A substrate of Pods has one, a substrate of machines one a machine. */
export interface LedgerCopy {
  /** Where it lies, for messages. */
  readonly place: string;
  /** undefined: there is none. */
  readonly fields: LedgerFields | undefined;
  /** Opaque; a write is taken only when the copy still has it. */
  readonly version: string;
}

/** The ledger moved between reading and writing, or another made it first. Nothing was written to that copy. */
export class LedgerMoved extends Error {
  constructor(readonly place: string) {
    super(`the ledger ${place} has changed meanwhile`);
    this.name = "LedgerMoved";
  }
}

/**
 * Where ledgers are kept: the open one, which is the lock, and those of operations that are over.
 *
 * Every call rejects when it could not be carried out for certain; a write that may have been carried out is found out
 * by reading again, never repeated by the store.
 */
export interface LedgerStore {
  /** Where the open ledger lies, for messages, e.g. "uc1/etcd-recovery". */
  readonly place: string;
  /** Every copy, from one read each: judgement and write then go by the same version. */
  read(): Promise<readonly LedgerCopy[]>;
  /** Writes all fields to every copy, each only if it is as it was read; an absent one is created. @throws LedgerMoved */
  write(fields: LedgerFields, over: readonly LedgerCopy[]): Promise<void>;
  /** Keeps a finished ledger under its own id. One that is there already stays, but for marks that came since. */
  archive(fields: LedgerFields): Promise<void>;
  /** The ledger of an operation that is over and was followed by another. */
  past(id: string): Promise<LedgerCopy>;
  /** Writes all fields of such a ledger, if it is as it was read. @throws LedgerMoved */
  writePast(fields: LedgerFields, over: LedgerCopy): Promise<void>;
  /** Fields of all ledgers there are, the open one too. */
  all(): Promise<readonly LedgerFields[]>;
}
