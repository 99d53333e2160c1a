import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decideRetention,
  defaultPolicy,
  longestAgeDays,
  periodOf,
  type Retained,
  tiers,
} from "../../../store/retention";
import { parsePolicy, policyText } from "../../../store/retentionPolicy";

const now = Date.parse("2026-11-27T12:00:00Z");
const HOUR = 3600_000;
const DAY = 24 * HOUR;

const backup = (hoursAgo: number, more: Partial<Retained> = {}): Retained => ({
  key: `v1/uc1/${hoursAgo}`,
  cluster: "uc1",
  time: new Date(now - hoursAgo * HOUR).toISOString(),
  state: "complete",
  ...more,
});
const removed = (backups: readonly Retained[], policy = {}, facts = {}) =>
  decideRetention(backups, policy, { now, ...facts }).remove.map(({ backup: one }) => one.key);

describe("retention", () => {
  it("keeps under the default policy what grandfather, father and son would", () => {
    const hourly = Array.from({ length: 24 * 365 * 5 }, (_, hour) => backup(hour));
    const { keep } = decideRetention(hourly, defaultPolicy, { now });
    const counts = tiers.map(
      (tier) => keep.filter(({ reasons }) => reasons.some((one) => one.startsWith(tier))).length,
    );
    expect(counts).toEqual([24, 7, 5, 12, 3]);
    // one backup may stand for several of them
    expect(keep.length).toBe(24 + 5 + 3 + 11 + 1);
    const oldest = Math.max(...keep.map(({ backup: one }) => now - Date.parse(one.time)));
    expect(oldest / DAY).toBeLessThan(longestAgeDays(defaultPolicy));
  });

  it("removes nothing once no more backups are taken", () => {
    const first = decideRetention(
      Array.from({ length: 2000 }, (_, hour) => backup(hour)),
      defaultPolicy,
      { now },
    );
    const left = first.keep.map(({ backup: one }) => one);
    expect(decideRetention(left, defaultPolicy, { now: now + 5000 * DAY }).remove).toEqual([]);
  });

  it.each<[string, Retained[], string[]]>([
    ["the newest of an hour", [backup(0.1), backup(0.2), backup(0.3)], ["v1/uc1/0.2", "v1/uc1/0.3"]],
    ["what is held", [backup(0.1), backup(0.2, { held: "a legal hold" })], []],
    [
      "what is corrupt or foreign",
      [backup(900, { state: "corrupt" }), backup(901, { state: "foreign" })],
      [],
    ],
    [
      "what is incomplete, for two days",
      [backup(47, { state: "incomplete" }), backup(49, { state: "incomplete" })],
      ["v1/uc1/49"],
    ],
    ["what is of the future", [backup(-20), backup(0.1), backup(0.2)], ["v1/uc1/0.2"]],
  ])("keeps %s", (_, backups, gone) => {
    expect(removed(backups, { hourly: 1 })).toEqual(gone);
  });

  it("keeps the newest verified one, although the policy would keep newer ones alone", () => {
    const backups = [backup(1), backup(2), backup(3)];
    const isVerified = ({ key }: Retained) => key.endsWith("/2");
    expect(removed(backups, { hourly: 1 }, { isVerified })).toEqual(["v1/uc1/3"]);
  });

  it.each<[string, Retained[], string[]]>([
    [
      "a sound one of a day, not a newer one that was found broken",
      [backup(1), backup(2), backup(3)],
      ["1", "3"],
    ],
    ["the newest sound one of the past beside one of the future", [backup(-30), backup(1), backup(2)], ["1"]],
    ["the newest of a day of which none is sound", [backup(1), backup(13), backup(15)], ["15"]],
    [
      "the newest, whatever lies beside it without a time",
      [
        backup(1),
        backup(2, { key: "v1/uc1/z" }),
        { ...backup(0), key: "v1/uc1/a", time: "", state: "foreign" },
      ],
      ["1"],
    ],
  ])("keeps %s", (_, backups, gone) => {
    const isVerified = ({ key }: Retained) => !/\/(1|13|15)$/.test(key);
    expect(removed(backups, { daily: 2 }, { isVerified })).toEqual(gone.map((one) => `v1/uc1/${one}`));
  });

  it("lets no backup of a cluster that was made anew push out those of the old one", () => {
    const backups = [backup(1), backup(2), backup(30), backup(31), backup(32)];
    const identityOf = ({ time }: Retained) => (Date.parse(time) > now - DAY ? "new" : "old");
    expect(removed(backups, { hourly: 1 }, { identityOf })).toEqual(["v1/uc1/2", "v1/uc1/31", "v1/uc1/32"]);
  });

  it("keeps what the newest drill failed with: it alone says so", () => {
    const isAccused = ({ key }: Retained) => key.endsWith("/3");
    expect(removed([backup(1), backup(2), backup(3)], { hourly: 1 }, { isAccused })).toEqual(["v1/uc1/2"]);
  });

  it("decides for each cluster on its own", () => {
    const other = backup(500, { cluster: "uc2", key: "v1/uc2/500" });
    expect(removed([backup(1), backup(2), other], { hourly: 1 })).toEqual(["v1/uc1/2"]);
  });

  it.each([
    ["2026-01-01T00:00:00Z", "2026-W01"],
    ["2027-01-01T00:00:00Z", "2026-W53"],
    ["2027-01-04T00:00:00Z", "2027-W01"],
    ["2024-12-30T23:59:59Z", "2025-W01"],
  ])("%s is in week %s, as ISO 8601 counts", (time, week) => {
    expect(periodOf("weekly", new Date(time))).toBe(week);
  });
});

describe("whatever lies in a store", () => {
  const count = fc.integer({ min: 0, max: 5 });
  const policies = fc.record({ hourly: count, daily: count, weekly: count, monthly: count, yearly: count });
  const stores = fc.array(
    fc.record({
      cluster: fc.constantFrom("uc1", "uc2"),
      hours: fc.integer({ min: -30, max: 40_000 }),
      state: fc.constantFrom<Retained["state"][]>(
        "complete",
        "complete",
        "complete",
        "incomplete",
        "corrupt",
        "foreign",
      ),
      held: fc.option(fc.constant("a hold"), { nil: undefined }),
      verified: fc.boolean(),
    }),
    { maxLength: 60 },
  );
  const cases = stores.map((all) =>
    all.map(({ cluster, hours, state, held, verified }, at) => ({
      ...backup(hours, { cluster, state, key: `v1/${cluster}/${at}` }),
      ...(held === undefined ? {} : { held }),
      verified,
    })),
  );
  const check = (
    judge: (
      backups: (Retained & { verified: boolean })[],
      keep: Set<Retained>,
      policy: Record<string, number>,
    ) => void,
  ) =>
    fc.assert(
      fc.property(cases, policies, (backups, policy) => {
        const { keep, remove } = decideRetention(backups, policy, { now, isVerified: (one) => one.verified });
        expect(keep.length + remove.length).toBe(backups.length);
        for (const { reasons } of [...keep, ...remove]) expect(reasons.length).toBeGreaterThan(0);
        judge(backups, new Set(keep.map(({ backup: one }) => one)), policy);
      }),
      { numRuns: 300 },
    );

  it("the newest verified one of each cluster stays", () =>
    check((backups, keep) => {
      for (const cluster of ["uc1", "uc2"]) {
        const sound = backups.filter(
          (one) => one.cluster === cluster && one.state === "complete" && one.verified,
        );
        const newest = Math.max(...sound.map(({ time }) => Date.parse(time)));
        const those = sound.filter(({ time }) => Date.parse(time) === newest);
        if (sound.length > 0) expect(those.some((one) => keep.has(one))).toBe(true);
      }
    }));

  it("what is held, corrupt or foreign stays", () =>
    check((backups, keep) => {
      for (const one of backups.filter(
        ({ held, state }) => held !== undefined || /corrupt|foreign/.test(state),
      ))
        expect(keep.has(one)).toBe(true);
    }));

  it("no more is kept than the policy and its exceptions account for", () =>
    check((backups, keep, policy) => {
      for (const cluster of ["uc1", "uc2"]) {
        const plain = backups.filter(
          (one) =>
            keep.has(one) &&
            one.cluster === cluster &&
            one.state === "complete" &&
            one.held === undefined &&
            Date.parse(one.time) <= now,
        );
        const most = Object.values(policy).reduce((sum, number) => sum + number, 0);
        expect(plain.length).toBeLessThanOrEqual(most + 1);
      }
    }));

  it("a second pruning removes nothing more", () =>
    fc.assert(
      fc.property(cases, policies, (backups, policy) => {
        const once = decideRetention(backups, policy, { now }).keep.map(({ backup: one }) => one);
        expect(decideRetention(once, policy, { now }).remove).toEqual([]);
      }),
      { numRuns: 300 },
    ));

  it("the order in which a store lists says nothing", () =>
    fc.assert(
      fc.property(cases, policies, (backups, policy) => {
        const gone = (some: typeof backups) =>
          decideRetention(some, policy, { now })
            .remove.map(({ backup: one }) => one.key)
            .sort();
        expect(gone([...backups].reverse())).toEqual(gone(backups));
      }),
      { numRuns: 100 },
    ));
});

describe("a policy in words", () => {
  it("is read as it is written", () => {
    expect(parsePolicy(policyText(defaultPolicy), "--keep")).toEqual(defaultPolicy);
    expect(parsePolicy(" daily=3 , yearly=0", "--keep")).toEqual({ daily: 3, yearly: 0 });
  });
  it.each([
    "",
    "daily",
    "daily=",
    "daily=-1",
    "daily=1.5",
    "daily=3,daily=4",
    "often=3",
    "daily=0",
    "daily=3;weekly=1",
  ])("is refused: %j", (text) => {
    expect(() => parsePolicy(text, "--keep")).toThrow(/^--keep: .*Write it as hourly=24/);
  });
});
