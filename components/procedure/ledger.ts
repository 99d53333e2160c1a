import { hostname, userInfo } from "node:os";
import { areLevel, isSame, mergeCopies } from "./ledgerCopies";
import { type LedgerMark, ledgerFields, parseLedger } from "./ledgerFormat";
import type { LedgerPhase, LedgerRecord } from "./ledgerRecord";
import { type LedgerCopy, type LedgerFields, LedgerMoved, type LedgerStore } from "./ledgerStore";
import { errorOf, failed } from "./refusal";
import type { Advice } from "./substrate";

/** A ledger as it was read, with what a write of it goes by. */
export interface LedgerState {
  readonly record: LedgerRecord | undefined;
  readonly copies: readonly LedgerCopy[];
}

/** Times in the ledger, of this machine's clock. */
export const now = (): string => `${new Date().toISOString().slice(0, 19)}Z`;

const RETRIES = 8;

/**
 * The ledger of one operation: the lock, the journal (a phase is written before its effect) and what undo puts back.
 *
 * Everything that is written goes onto what was judged: a copy that has moved since it was read is never overwritten.
 */
export class Ledger {
  constructor(
    private readonly store: LedgerStore,
    /** Id of the operation. */
    readonly id: string,
    readonly kind: LedgerRecord["kind"],
    private readonly advice: Pick<Advice, "lookAtLedger" | "twoWaysOut">,
  ) {}

  get place(): string {
    return this.store.place;
  }

  /** One read for judgement and write. Rejects when it could not be asked. */
  async read(): Promise<LedgerState> {
    const copies = await this.store.read();
    return { record: mergeCopies(copies), copies };
  }

  /** This operation's own record; undefined when the ledger is another's, or absent. */
  async own(): Promise<LedgerRecord | undefined> {
    const { record } = await this.read();
    return record?.id === this.id ? record : undefined;
  }

  /** @throws UserError unless it is this operation's own and in one of these phases */
  async require(...phases: readonly LedgerPhase[]): Promise<LedgerRecord> {
    return this.checked((await this.read()).record, phases);
  }

  /**
   * Writes the phase, from one of these, with marks; nothing when it is there already. Compare and swap: a late step of a
   * killed run cannot move it.
   */
  advance(
    to: LedgerPhase,
    from: readonly LedgerPhase[],
    fields: Partial<LedgerRecord> = {},
    marks: readonly LedgerMark[] = [],
  ): Promise<LedgerRecord> {
    return this.change([to, ...from], (record) => {
      if (record.phase === to) return undefined;
      const added = Object.fromEntries([to, ...marks].map((each) => [each, now()]));
      return { ...record, ...fields, phase: to, times: { ...record.times, ...added } };
    });
  }

  /** Adds fields and marks to a ledger that is ours and in one of these phases. */
  keep(
    phases: readonly LedgerPhase[],
    fields: Partial<LedgerRecord>,
    marks: readonly LedgerMark[] = [],
  ): Promise<LedgerRecord> {
    return this.change(phases, (record) => {
      const added = marks.filter((mark) => record.times[mark] === undefined).map((mark) => [mark, now()]);
      // Acts that run side by side set one mark: only one of them has to write it.
      if (added.length === 0 && Object.keys(fields).length === 0) return undefined;
      return { ...record, ...fields, times: { ...record.times, ...Object.fromEntries(added) } };
    });
  }

  /** Takes a mark away from a ledger that is ours and in this phase. */
  unmark(phase: LedgerPhase, mark: LedgerMark): Promise<LedgerRecord> {
    return this.change([phase], (record) => {
      const { [mark]: had, ...times } = record.times;
      return had === undefined ? undefined : { ...record, times };
    });
  }

  /** Takes back a phase that was written and whose effect was not begun, as its mark says; without it nothing. */
  retreat(from: LedgerPhase, to: LedgerPhase, mark: LedgerMark): Promise<LedgerRecord> {
    return this.change([from, to], (record) => {
      // Written already, and its answer was lost.
      if (record.phase === to) return undefined;
      const { [from]: _, [mark]: had, ...times } = record.times;
      if (had === undefined) return undefined;
      return { ...record, phase: to, times };
    });
  }

  /** Writes a new record over what was judged. @throws LedgerMoved when somebody was faster */
  async take(record: LedgerRecord, over: LedgerState): Promise<void> {
    const before = over.record;
    if (before === undefined || before.id === record.id)
      return this.store.write(ledgerFields(record), over.copies);
    // Another copy may be of an older one, or may not know its end: its machine was away.
    const isIt = ({ fields }: LedgerCopy) => fields?.id === before.id && fields.phase === before.phase;
    const last = over.copies.find(isIt)?.fields ?? ledgerFields(before);
    const copies = await this.end(last, over.copies);
    await this.store.archive(last);
    await this.store.write(ledgerFields(record), copies);
  }

  /**
   * Brings every copy to the end of the last operation. Where one still says that it is under way, a write of the next one's
   * lock that is cut short would leave two operations, neither of them over, and no command to end them by.
   */
  private async end(last: LedgerFields, copies: readonly LedgerCopy[]): Promise<readonly LedgerCopy[]> {
    if (areLevel(copies)) return copies;
    await this.store.write(last, copies);
    const ended = await this.store.read();
    const moved = ended.find(({ fields }) => !isSame(fields, last));
    if (moved !== undefined) throw new LedgerMoved(moved.place);
    return ended;
  }

  /** Rejects unless the ledger, read now, is this operation's own and in one of these phases. */
  permit(...phases: readonly LedgerPhase[]): () => Promise<void> {
    return async () => {
      await this.require(...phases);
    };
  }

  /** The ledger of an operation that is over, wherever it is; undefined when this cluster knows none. */
  async past(id: string): Promise<LedgerRecord | undefined> {
    const { record } = await this.read();
    if (record?.id === id) return record;
    const { fields, place } = await this.store.past(id);
    return fields === undefined ? undefined : parseLedger(fields, place);
  }

  /** Sets a mark in the ledger of a finished operation. */
  markPast(id: string, mark: LedgerMark): Promise<void> {
    return this.changePast(id, (times) => ({ ...times, [mark]: now() }));
  }

  /** Takes back a mark whose effect was not begun. */
  unmarkPast(id: string, mark: LedgerMark): Promise<void> {
    return this.changePast(id, ({ [mark]: _, ...times }) => times);
  }

  private async changePast(
    id: string,
    change: (times: LedgerRecord["times"]) => LedgerRecord["times"],
  ): Promise<void> {
    const state = await this.read();
    const marked = (record: LedgerRecord) => ledgerFields({ ...record, times: change(record.times) });
    if (state.record?.id === id) return this.store.write(marked(state.record), state.copies);
    const copy = await this.store.past(id);
    if (copy.fields === undefined)
      throw errorOf(
        failed("ledger-absent", `there is no ledger of restore ${id}`, this.advice.lookAtLedger()),
      );
    await this.store.writePast(marked(parseLedger(copy.fields, copy.place)), copy);
  }

  /** Ids of finished restores whose previous data nobody has removed, in order. */
  async kept(): Promise<readonly string[]> {
    const all = await this.store.all();
    const ids = all
      .filter(
        ({ id, phase, finalizing, kind }) => id && phase === "finished" && !finalizing && kind !== "repair",
      )
      .map(({ id = "" }) => id);
    return [...new Set(ids)].sort();
  }

  private async change(
    phases: readonly LedgerPhase[],
    to: (record: LedgerRecord) => LedgerRecord | undefined,
  ): Promise<LedgerRecord> {
    for (let attempt = 0; ; attempt += 1) {
      const { record, copies } = await this.read();
      const own = this.checked(record, phases);
      // What is written already is brought to every copy before its effect.
      const next = to(own) ?? (areLevel(copies) ? undefined : own);
      if (next === undefined) return own;
      try {
        await this.store.write(ledgerFields(next), copies);
        return next;
      } catch (cause) {
        // Somebody else wrote, or the answer did not come: what is there now decides.
        if (!(cause instanceof LedgerMoved) && attempt > 1) throw cause;
        if (attempt >= RETRIES) throw cause;
        if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 200));
      }
    }
  }

  private checked(record: LedgerRecord | undefined, phases: readonly LedgerPhase[]): LedgerRecord {
    const fail = (what: string, remedy = this.advice.lookAtLedger()): never => {
      throw errorOf(failed("ledger-other", what, remedy));
    };
    if (record === undefined)
      return fail(
        `there is no ledger ${this.place}: ${this.kind} ${this.id} was not opened, or it was removed`,
      );
    if (record.id !== this.id)
      return fail(
        `the ledger ${this.place} belongs to restore ${record.id}, not ${this.id}`,
        this.advice.twoWaysOut,
      );
    if (record.kind !== this.kind)
      return fail(
        `the ledger ${this.place} is of another operation (a ${record.kind}) with the id ${this.id}`,
      );
    if (!phases.includes(record.phase))
      return fail(
        `the ledger ${this.place} says that restore ${this.id} is ${record.phase}; this step needs: ${phases.join(", ")}`,
        this.wayFrom(record.phase),
      );
    return record;
  }

  /** What there is to do about a step that comes too late, or too early. */
  private wayFrom(phase: LedgerPhase): string {
    if (phase === "undoing") return "It can only be undone: 'pulumi destroy' goes on with that.";
    if (phase === "undone")
      return `It does not go on. What is left on its stack: 'pulumi destroy' there; then begin anew: pulumi config set --path restore.id ${this.id}-2`;
    return this.advice.lookAtLedger();
  }
}

/** user@host, for who holds a lock. */
export const holder = (): string => `${userInfo().username}@${hostname()}`;
