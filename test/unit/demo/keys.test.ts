import { describe, expect, it } from "vitest";
import { dumpKeys, type Etcdctl } from "../../../lab/demo/keyDump";
import { compareKeys, isEqual, type Keys, type StoredKey } from "../../../lab/demo/keys";
import { rewrittenKeys } from "../../../lab/demo/rewrittenKeys";

const stored = (digest: string, leased = false): StoredKey => ({ digest, leased });
const keys = (entries: Record<string, StoredKey>): Keys => new Map(Object.entries(entries));

describe("compareKeys", () => {
  it("finds what is missing, extra and changed, sorted", () => {
    const before = keys({ "/b": stored("1"), "/a": stored("1"), "/c": stored("1"), "/same": stored("1") });
    const after = keys({ "/c": stored("2"), "/z": stored("1"), "/y": stored("1"), "/same": stored("1") });
    expect(compareKeys(before, after, [])).toEqual({
      keysBefore: 4,
      keysAfter: 4,
      missing: ["/a", "/b"],
      extra: ["/y", "/z"],
      changed: ["/c"],
      rewritten: [],
    });
  });

  it("calls a lease that came or went a change", () => {
    const comparison = compareKeys(keys({ "/a": stored("1", true) }), keys({ "/a": stored("1") }), []);
    expect(comparison.changed).toEqual(["/a"]);
    expect(isEqual(comparison)).toBe(false);
  });

  it("explains only the named differences of a key", () => {
    const rewritten = [{ pattern: /^\/lease$/, differences: ["changed"], why: "renewed" }] as const;
    const changed = compareKeys(keys({ "/lease": stored("1") }), keys({ "/lease": stored("2") }), rewritten);
    expect(changed.rewritten).toEqual([{ key: "/lease", difference: "changed" }]);
    expect(isEqual(changed)).toBe(true);
    expect(compareKeys(keys({ "/lease": stored("1") }), keys({}), rewritten).missing).toEqual(["/lease"]);
  });
});

describe("rewrittenKeys", () => {
  const explained = (key: string) => rewrittenKeys.some(({ pattern }) => pattern.test(key));

  it.each([
    "/registry/leases/kube-system/kube-controller-manager",
    "/registry/leases/kube-system/apiserver-2z4hu2cxgozsyfifmrqvtb3jzi",
    "/registry/peerserverleases/apiserver-2z4hu2cxgozsyfifmrqvtb3jzi",
    "/registry/masterleases/10.88.11.7",
    "/registry/events/orders/web-0-845f779465-7g77k.18ea7e8c5db19743",
  ])("explains %s", (key) => {
    expect(explained(key)).toBe(true);
  });

  it.each([
    "/registry/leases/kube-system/my-operator",
    "/registry/leases/orders/kube-controller-manager",
    "/registry/configmaps/kube-system/kube-controller-manager",
    "/registry/services/endpoints/orders/kubernetes",
    "/registry/secrets/orders/password-1",
    "/registry/secrets/events/password-1",
  ])("does not explain %s", (key) => {
    expect(explained(key)).toBe(false);
  });
});

/** An etcdctl over a fixed list of keys, which answers like etcd and can cut an answer short. */
function fakeEtcdctl(names: readonly string[], cutFirst = 0): { etcdctl: Etcdctl; calls: string[][] } {
  const calls: string[][] = [];
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const etcdctl: Etcdctl = async (argv) => {
    calls.push([...argv]);
    const [, from = ""] = argv;
    const limit = Number(argv.find((word) => word.startsWith("--limit="))?.slice(8) ?? 0);
    const all = names.filter((name) => name >= from);
    const kvs = all.slice(0, limit).map((name) => ({ key: base64(name), value: base64(`v ${name}`) }));
    const text = JSON.stringify({ header: { revision: 42 }, count: all.length, kvs });
    return calls.length <= cutFirst ? text.slice(0, text.length / 2) : text;
  };
  return { etcdctl, calls };
}

describe("dumpKeys", () => {
  const names = Array.from({ length: 25 }, (_, n) => `/key-${String(n).padStart(3, "0")}`);

  it("reads all pages at one revision", async () => {
    const { etcdctl, calls } = fakeEtcdctl(names);
    const dump = await dumpKeys(etcdctl, 10);
    expect([...dump.keys.keys()]).toEqual(names);
    expect(dump.revision).toBe(42);
    expect(calls.slice(1).every((argv) => argv.includes("--rev=42"))).toBe(true);
  });

  it.each([1, 10, 25, 26])("reads a store of 25 keys in pages of %i", async (pageSize) => {
    const { etcdctl } = fakeEtcdctl(names);
    expect((await dumpKeys(etcdctl, pageSize)).keys.size).toBe(25);
  });

  it("reads an empty store", async () => {
    expect((await dumpKeys(fakeEtcdctl([]).etcdctl)).keys.size).toBe(0);
  });

  it("asks again for an answer that was cut", async () => {
    expect((await dumpKeys(fakeEtcdctl(names, 2).etcdctl, 10)).keys.size).toBe(25);
  });

  it("gives up when answers are always cut", async () => {
    await expect(dumpKeys(fakeEtcdctl(names, 100).etcdctl, 10)).rejects.toThrow();
  });

  it("does not take fewer keys than etcd counts for all of them", async () => {
    const { etcdctl } = fakeEtcdctl(names);
    const lossy: Etcdctl = async (argv) => (await etcdctl(argv)).replace('"count":25', '"count":26');
    await expect(dumpKeys(lossy, 10)).rejects.toThrow("26 keys at revision 42 and gave 25");
  });
});
