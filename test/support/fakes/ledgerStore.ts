import {
  type LedgerCopy,
  type LedgerFields,
  LedgerMoved,
  type LedgerStore,
} from "../../../components/procedure/ledgerStore";
import type { Calls } from "./calls";

interface Held {
  fields: LedgerFields | undefined;
  version: number;
}

/** Ledgers in memory, with as many copies of the open one as wanted. */
export class FakeLedgerStore implements LedgerStore {
  readonly copies: Held[];
  readonly history = new Map<string, Held>();

  constructor(
    private readonly calls: Calls,
    copies = 1,
  ) {
    this.copies = Array.from({ length: copies }, () => ({ fields: undefined, version: 0 }));
  }

  get place(): string {
    return "uc1/etcd-recovery";
  }

  /** The open ledger's fields as they are now. */
  get fields(): LedgerFields {
    return this.copies[0]?.fields ?? {};
  }

  /** Puts a ledger there, as somebody else would. */
  set(fields: LedgerFields | undefined): void {
    for (const copy of this.copies) {
      copy.fields = fields;
      copy.version += 1;
    }
  }

  read(): Promise<readonly LedgerCopy[]> {
    return this.calls.make("ledger.read", () =>
      this.copies.map(({ fields, version }, n) => ({
        place: this.placeOf(n),
        fields,
        version: String(version),
      })),
    );
  }

  write(fields: LedgerFields, over: readonly LedgerCopy[]): Promise<void> {
    return this.calls.make(`ledger.write ${fields.phase}`, () => {
      this.copies.forEach((copy, n) => {
        if (over[n]?.version !== String(copy.version)) throw new LedgerMoved(this.placeOf(n));
        copy.fields = fields;
        copy.version += 1;
      });
    });
  }

  archive(fields: LedgerFields): Promise<void> {
    return this.calls.make(`ledger.archive ${fields.id}`, () => {
      const { id = "" } = fields;
      if (!this.history.has(id)) this.history.set(id, { fields, version: 1 });
    });
  }

  past(id: string): Promise<LedgerCopy> {
    return this.calls.make(`ledger.past ${id}`, () => {
      const held = this.history.get(id);
      return { place: `${this.place}-${id}`, fields: held?.fields, version: String(held?.version ?? 0) };
    });
  }

  writePast(fields: LedgerFields, over: LedgerCopy): Promise<void> {
    return this.calls.make(`ledger.writePast ${fields.id}`, () => {
      const held = this.history.get(fields.id ?? "");
      if (held === undefined || String(held.version) !== over.version) throw new LedgerMoved(over.place);
      held.fields = fields;
      held.version += 1;
    });
  }

  all(): Promise<readonly LedgerFields[]> {
    return this.calls.make("ledger.all", () =>
      [...this.copies.slice(0, 1), ...this.history.values()].flatMap(({ fields }) =>
        fields ? [fields] : [],
      ),
    );
  }

  private placeOf(copy: number): string {
    return this.copies.length === 1 ? this.place : `${this.place} on m${copy}`;
  }
}
