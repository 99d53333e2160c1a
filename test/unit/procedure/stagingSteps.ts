import type { ActResult } from "../../../components/procedure/act";
import { bindSnapshot } from "../../../components/procedure/acts/bindSnapshot";
import { confirm } from "../../../components/procedure/acts/confirm";
import { guard } from "../../../components/procedure/acts/guard";
import { stage } from "../../../components/procedure/acts/stage";
import { transfer } from "../../../components/procedure/acts/transfer";
import { FakeSubstrate, fakeContext, fakeRequest, perform } from "../../support/fakeSubstrate";

const acts = { guard, "bind-snapshot": bindSnapshot, transfer, stage, confirm };
export type Name = keyof typeof acts;

/** A member of the fake cluster. */
export const first = "kube-etcd-0";
export const given = fakeRequest({ reason: "wrong data" });

/** A restore step by step, as the stack runs it. */
export class Steps {
  readonly lines: string[] = [];
  constructor(
    readonly substrate = new FakeSubstrate(),
    public request = given,
  ) {}

  async run(name: Name, member?: string): Promise<ActResult | undefined> {
    const context = fakeContext(this.substrate, { request: this.request, ...(member ? { member } : {}) });
    try {
      return await perform(name, acts[name], context);
    } finally {
      this.lines.push(...context.lines);
    }
  }

  /** The code of the refusal, or the message, that it ends with. */
  fails(name: Name, member?: string): Promise<string> {
    return this.run(name, member).then(
      () => "passes",
      (cause: { refusal?: { code: string }; message: string }) => cause.refusal?.code ?? cause.message,
    );
  }

  /** All from the guard to the end of staging. */
  async untilStaged(): Promise<void> {
    for (const name of ["guard", "bind-snapshot"] as const) await this.run(name);
    for (const name of ["transfer", "stage"] as const)
      for (const { name: member } of this.substrate.members) await this.run(name, member);
  }
}
