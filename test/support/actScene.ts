import type { UserError } from "../../components/errors";
import { type ActContext, type ActResult, kindOf } from "../../components/procedure/act";
import { acts } from "../../components/procedure/acts";
import type { Operation } from "../../components/procedure/arguments";
import { Ledger } from "../../components/procedure/ledger";
import type { LedgerRecord } from "../../components/procedure/ledgerRecord";
import type { Refusal } from "../../components/procedure/refusal";
import type { Request } from "../../components/procedure/request";
import type { Substrate } from "../../components/procedure/substrate";
import { FakeSubstrate, fakeRecord, perform } from "./fakeSubstrate";

/** Parts of a cluster that are real: everything else is the fake's. */
export type RealParts = Partial<Pick<Substrate, "members" | "etcd" | "volumes" | "repair">>;

/** How an act ended, and what it said. */
export interface ActRun {
  readonly result: ActResult | undefined;
  readonly lines: readonly string[];
  /** Why it failed, as the step says it; undefined when it did not. */
  readonly refusal: Refusal | undefined;
}

/** The acts of operations on a cluster whose members, or volumes, are real, run as the step program does. */
export class ActScene {
  readonly fake: FakeSubstrate;
  readonly substrate: Substrate;
  /** What all acts have said. */
  readonly lines: string[] = [];
  operation: Operation = "restore";
  id = "r1";

  constructor(
    real: RealParts,
    public request: Request = {},
  ) {
    this.fake = new FakeSubstrate({ members: real.members?.length ?? 3 });
    const { fake } = this;
    this.substrate = {
      ...{ ledger: fake.ledger, workloads: fake.workloads, budget: fake.budget, userApi: fake.userApi },
      ...{ members: fake.members, volumes: fake.volumes, etcd: fake.etcd },
      ...{ repair: undefined, advice: fake.advice, names: fake.names },
      judge: (asked) => fake.judge(asked),
      close: () => undefined,
      ...real,
    };
  }

  /** Writes the ledger as earlier steps leave it. */
  ledger(changes: Partial<LedgerRecord>): void {
    this.fake.setRecord(fakeRecord(this.fake, { id: this.id, ...changes }));
  }

  /** Everything is stopped: between the stop of the servers and their start. */
  quiet(): void {
    for (const workload of this.fake.workloads.of.values()) workload.wanted = 0;
  }

  /** @throws what is not meant for a user */
  async run(act: string, member?: string): Promise<ActRun> {
    const lines: string[] = [];
    try {
      return { result: await this.perform(act, member, lines), lines, refusal: undefined };
    } catch (cause) {
      const { refusal } = cause as UserError & { readonly refusal?: Refusal };
      if (refusal === undefined) throw cause;
      return { result: undefined, lines, refusal };
    } finally {
      this.lines.push(...lines);
    }
  }

  /** Runs an act that must succeed. */
  async done(act: string, member?: string): Promise<ActResult> {
    const { result, refusal } = await this.run(act, member);
    if (refusal !== undefined) throw new Error(`${act}: ${refusal.message}`);
    return result ?? {};
  }

  /** Runs an act for all members at once. */
  each(act: string): Promise<ActResult[]> {
    return Promise.all(this.substrate.members.map(({ name }) => this.done(act, name)));
  }

  private perform(act: string, member: string | undefined, lines: string[]): Promise<ActResult | undefined> {
    const { operation, id, request, substrate } = this;
    const ledger = new Ledger(substrate.ledger, id, kindOf(operation), substrate.advice);
    const say = (line: string) => void lines.push(line);
    const context: ActContext = { operation, id, request, member, own: undefined, substrate, ledger, say };
    const does = acts[act];
    if (does === undefined) throw new Error(`no act ${act}`);
    return perform(act, does, context);
  }
}
