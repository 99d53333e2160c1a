import { describe, expect, it } from "vitest";
import { confirm } from "../../../../components/procedure/acts/confirm";
import { scaleUpEtcd } from "../../../../components/procedure/acts/scaleUpEtcd";
import { undo } from "../../../../components/procedure/acts/undo";
import { judgeSameMembers } from "../../../../components/procedure/judgements/sameMembers";
import type { LedgerPhase } from "../../../../components/procedure/ledgerRecord";
import { FakeSubstrate, fakeContext, fakeRecord, perform } from "../../../support/fakeSubstrate";

const of = (...names: string[]) =>
  JSON.stringify({ profile: "kubeadm", machines: names.map((name) => ({ name, host: "192.0.2.1" })) });

describe("members that came into the configuration or left it half-way", () => {
  const substrate = new FakeSubstrate();

  it.each<[string, LedgerPhase, string, string, string | undefined]>([
    ["as it was, in another order", "swapped", of("a", "b"), of("b", "a"), undefined],
    [
      "one has left",
      "staged",
      of("a", "b", "c"),
      of("a", "b"),
      "names a, b, but restore r1 has begun with a, b, c",
    ],
    [
      "one has come",
      "started",
      of("a"),
      of("a", "b"),
      "names a, b, but restore r1 has begun with a (it is started)",
    ],
    ["while members are staged", "open", of("a", "b"), of("a"), undefined],
    ["after the commit", "committed", of("a", "b"), of("a"), undefined],
    ["Pods", "swapped", '{"members":3}', '{"members":3}', undefined],
    [
      "Pods, and one has left",
      "staged",
      '{"members":3}',
      '{"members":1}',
      "members: the configuration says 1, but restore r1 has begun with 3 members (it is staged)",
    ],
    ["fewer Pods after the commit", "committed", '{"members":3}', '{"members":1}', undefined],
    [
      "fewer Pods than an older program's ledger names",
      "started",
      '{"MEMBERS":"e-0 e-1 e-2"}',
      '{"members":1}',
      "has begun with e-0 e-1 e-2",
    ],
    ["an older program's ledger", "swapped", "{}", of("a"), undefined],
  ])("%s", (_, phase, begun, now, said) => {
    const refusal = judgeSameMembers(fakeRecord(substrate, { phase, names: begun }), now);
    if (said === undefined) expect(refusal).toBeUndefined();
    else
      expect(refusal).toMatchObject({
        code: begun.includes("achines") ? "machines-changed" : "members-changed",
        message: expect.stringContaining(said),
      });
  });

  it("are refused by the last look, which binds them", async () => {
    const fake = new FakeSubstrate();
    fake.setRecord(fakeRecord(fake, { phase: "open", names: of("a", "b", "c") }));
    fake.names = of("a", "b");
    await expect(perform("confirm", confirm, fakeContext(fake))).rejects.toThrow(
      /^machines: the configuration names a, b, but restore r1 has begun with a, b, c \(it is open\)/,
    );
    expect(fake.record.phase).toBe("open");
  });

  it("stop the way on before it does anything, not the way back", async () => {
    const fake = new FakeSubstrate();
    fake.setRecord(fakeRecord(fake, { phase: "swapped", names: of("a", "b", "c") }));
    fake.names = of("a", "b");
    const context = fakeContext(fake);
    await expect(perform("scale-up-etcd", scaleUpEtcd, context)).rejects.toThrow(
      /^machines: the configuration/,
    );
    expect(fake.calls.of(/start|write/)).toEqual([]);
    await undo(context);
    expect(fake.record.phase).toBe("undone");
  });
});
