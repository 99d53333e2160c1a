import { describe, expect, it } from "vitest";
import {
  askStatus,
  lastWords,
  majorityOf,
  newestRevision,
  oldestVersion,
  parseStatus,
  quorate,
} from "../../../components/procedure/etcdStatus";
import { FakeSubstrate } from "../../support/fakeSubstrate";

/** As etcdctl 3.6 prints it. */
const text = (changes: Record<string, string> = {}) => {
  const fields = {
    ClusterID: "17237436991929493444",
    MemberID: "9372538179322589801",
    Revision: "9007199254740993",
    RaftTerm: "2",
    Version: '"3.6.14"',
    StorageVersion: '"3.6.0"',
    DBSize: "20480",
    DBSizeInUse: "16384",
    DBSizeQuota: "2147483648",
    Leader: "10501334649042878790",
    IsLearner: "false",
    RaftIndex: "8",
    RaftAppliedIndex: "7",
    ...changes,
  };
  return Object.entries(fields)
    .map(([name, value]) => `"${name}" : ${value}\n`)
    .join("");
};

describe("what a member says of itself", () => {
  it("reads ids and revisions up to 2^64 without loss", () => {
    expect(parseStatus("m-0", text())).toEqual({
      ...{ member: "m-0", clusterId: 17237436991929493444n, memberId: 9372538179322589801n },
      ...{ leader: 10501334649042878790n, role: "follower", revision: 9007199254740993n },
      ...{ raftIndex: 8n, raftTerm: 2n, applied: 7n, version: "3.6.14" },
      ...{ dbSize: 20480n, dbSizeInUse: 16384n, quota: 2147483648n },
    });
  });

  it.each([
    [{}, "follower"],
    [{ Leader: "9372538179322589801" }, "leader"],
    [{ Leader: "0" }, "no-leader"],
    [{ Leader: "0", IsLearner: "true" }, "learner"],
    // One apart, and equal as floating-point numbers.
    [{ Leader: "9372538179322589800" }, "follower"],
  ])("%j makes it a %s", (changes, role) => {
    expect(parseStatus("m-0", text(changes as Record<string, string>))?.role).toBe(role);
  });

  it("is nothing where the answer is none", () => {
    expect(parseStatus("m-0", "")).toBeUndefined();
    expect(parseStatus("m-0", '"MemberID" : x\n"Revision" : 5\n')).toBeUndefined();
    expect(parseStatus("m-0", '"MemberID" : 5\n"Revision" : 5\n')?.quota).toBeUndefined();
  });
});

describe("asking the members", () => {
  it("asks each for itself alone, all at once: a dead one holds nobody up", async () => {
    const substrate = new FakeSubstrate();
    substrate.etcd.milliseconds = 100;
    substrate.etcd.member("kube-etcd-1").silent = true;
    const started = performance.now();
    const statuses = await askStatus(substrate);
    expect(performance.now() - started).toBeLessThan(250);
    expect(statuses.map(({ member, role }) => `${member} ${role}`)).toEqual([
      "kube-etcd-0 leader",
      "kube-etcd-2 follower",
    ]);
    expect(substrate.calls.of(/^etcd.run .* at /)).toEqual([]);
  });

  it("takes one that cannot be asked for silent", async () => {
    const substrate = new FakeSubstrate();
    substrate.calls.before(/^etcd.run kube-etcd-0/, () => {
      throw new Error("connection reset");
    });
    expect((await askStatus(substrate)).map(({ member }) => member)).toEqual(["kube-etcd-1", "kube-etcd-2"]);
  });

  it("counts who takes part in a quorum", async () => {
    const substrate = new FakeSubstrate();
    substrate.etcd.member("kube-etcd-2").role = "learner";
    const statuses = await askStatus(substrate);
    expect(quorate(statuses)).toBe(2);
    expect(newestRevision(statuses)).toBe(1000n);
    expect(newestRevision([])).toBe(0n);
    expect([1, 2, 3, 4, 5].map(majorityOf)).toEqual([1, 2, 2, 3, 3]);
  });

  it("the oldest server's version counts, by number", async () => {
    const substrate = new FakeSubstrate();
    ["3.10.1", "3.6.14", ""].forEach((version, n) => {
      substrate.etcd.member(`kube-etcd-${n}`).version = version;
    });
    expect(oldestVersion(await askStatus(substrate))).toBe("3.6.14");
    expect(oldestVersion([])).toBeUndefined();
  });

  it("quotes what the client said last, not its log", () => {
    const stderr =
      'Error: context deadline exceeded\n{"level":"warn"}\ncommand terminated with exit code 1\n';
    expect(lastWords({ code: 1, stdout: "", stderr })).toBe("Error: context deadline exceeded");
  });
});
