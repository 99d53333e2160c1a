import { describe, expect, it } from "vitest";
import { judgeVersion, minorOf, versionNote } from "../../../../components/procedure/judgements/version";

const facts = (snapshot?: string, server?: string, allowed?: string) => ({ snapshot, server, allowed });

describe("row 25: the snapshot's version against the server's", () => {
  it.each([
    ["3.5.0", "3.6.14"],
    ["3.6.0", "3.6.14"],
    ["3.6.14", "3.6.0"],
  ])("%s for %s passes", (snapshot, server) => {
    expect(judgeVersion(facts(snapshot, server))).toBeUndefined();
    expect(versionNote(facts(snapshot, server))).toBeUndefined();
  });

  it.each([
    ["3.6.0", "3.5.30"],
    ["3.10.0", "3.9.1"],
    ["4.0.0", "3.6.1"],
  ])("%s for %s is refused, with the one override", (snapshot, server) => {
    const refusal = judgeVersion(facts(snapshot, server));
    expect(refusal?.kind).toBe("refused");
    expect(refusal?.message).toBe(
      `restore.snapshot: it is of etcd ${snapshot}, the cluster runs ${server}: a newer store for an older server`,
    );
    expect(refusal?.remedy).toBe(
      `Choose a snapshot of ${server} or older, or upgrade etcd first. If it is meant: pulumi config set --path restore.allowVersion ${snapshot}`,
    );
    expect(judgeVersion(facts(snapshot, server, snapshot))).toBeUndefined();
    expect(versionNote(facts(snapshot, server, snapshot))).toMatch(/as restore.allowVersion says$/);
    expect(judgeVersion(facts(snapshot, server, "3.7.0"))?.message).toMatch(/names 3.7.0\)$/);
  });

  it("says when it cannot be compared", () => {
    expect(judgeVersion(facts(undefined, "3.5.30"))).toBeUndefined();
    expect(versionNote(facts(undefined, "3.5.30"))).toMatch(/^version: not compared/);
    expect(versionNote(facts("3.6.0"))).toBe("version: not compared (etcd does not say; snapshot: 3.6.0)");
  });

  it.each([
    ["3.6.14", 3006],
    ["3.10", 3010],
    ["unknown", undefined],
    ["3", undefined],
    [undefined, undefined],
  ])("the minor of %s", (version, minor) => expect(minorOf(version)).toBe(minor));
});
