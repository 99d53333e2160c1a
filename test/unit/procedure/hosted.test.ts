import { describe, expect, it } from "vitest";
import { controlPlanesAmong } from "../../../components/access/controlPlanesInside";
import { release } from "../../../components/procedure/acts/release";
import { type HostedControlPlane, judgeHostedAfter, noteHosted } from "../../../components/procedure/hosted";
import { fakeContext, perform } from "../../support/fakeSubstrate";
import { StagedScene, shortWaits } from "./stagedScene";

shortWaits();

const plane = (namespace: string, ready = 1, wanted = 1): HostedControlPlane => ({
  name: `${namespace}/StatefulSet/kube-apiserver`,
  ...{ wanted, ready },
});
const uc1 = plane("uc1", 3, 3);

describe("control planes among workloads", () => {
  const workload = (container: object, more: object = {}) => ({
    metadata: { name: "api", namespace: "uc1" },
    spec: { replicas: 3, template: { spec: { containers: [{ name: "sidecar" }, container] } } },
    ...more,
  });
  const found = { name: "uc1/Deployment/api", wanted: 3, ready: 0 };

  it.each([
    ["by the container's name", workload({ name: "kube-apiserver" }), [found]],
    ["by the program", workload({ command: ["/usr/local/bin/kube-apiserver", "--v=2"] }), [found]],
    ["by a wrapper's argument", workload({ command: ["tini"], args: ["kube-apiserver"] }), [found]],
    [
      "with those that are ready",
      workload({ name: "kube-apiserver" }, { status: { readyReplicas: 2 } }),
      [{ ...found, ready: 2 }],
    ],
    ["not what only talks of it", workload({ name: "proxy", args: ["--backend=kube-apiserver:443"] }), []],
    ["not what cannot be read", { metadata: { name: "x" } }, []],
  ])("%s", (_, item, expected) => expect(controlPlanesAmong("Deployment", [item])).toEqual(expected));
});

describe("what a restore means for hosted control planes", () => {
  it("is said before, where there are some", () => {
    expect(noteHosted([])).toBeUndefined();
    expect(noteHosted([uc1])).toMatch(
      /^hosts the control planes of uc1 \(StatefulSet\/kube-apiserver\): they go on serving, /,
    );
  });

  it.each<[string, HostedControlPlane[] | undefined, HostedControlPlane[], number, RegExp[]]>([
    ["all as before", [uc1], [uc1], 0, []],
    ["one was not whole before either", [plane("uc1", 2, 3)], [plane("uc1", 2, 3)], 0, []],
    ["one is not ready again", [uc1], [plane("uc1", 1, 3)], 1, [/uc1 .*: 1 of 3 API servers are ready/]],
    ["one was scaled down meanwhile", [uc1], [plane("uc1", 1, 1)], 0, []],
    ["nothing is known of before", undefined, [plane("uc1", 2, 3)], 1, [/uc1 .*: 2 of 3/]],
    ["one is younger than the snapshot", [uc1, plane("uc2")], [uc1], 0, [/uc2 .* is younger than/]],
    [
      "one had been removed",
      [uc1],
      [uc1, plane("uc3", 0)],
      1,
      [/uc3 .*: 0 of 1/, /uc3 .* had been removed, and is back/],
    ],
  ])("afterwards: %s", (_, before, after, late, warnings) => {
    const verdict = judgeHostedAfter(before, after);
    expect(verdict.late).toHaveLength(late);
    expect(verdict.warnings).toHaveLength(warnings.length);
    for (const [n, warning] of warnings.entries()) expect(verdict.warnings[n]).toMatch(warning);
  });
});

describe("hosted control planes in a restore", () => {
  const scene = (answers: () => readonly HostedControlPlane[] | undefined) =>
    new StagedScene({ phase: "open" }, ({ userApi }) => {
      Object.assign(userApi, { hosted: async () => answers() });
    });

  it("are in the ledger before the first change, and waited for at the end", async () => {
    process.env.HOSTED_SECONDS = "20";
    const states = [[uc1], [plane("uc1", 1, 3)], [uc1]];
    const hosted = scene(() => (states.length > 1 ? states.shift() : states[0]));
    await hosted.runTo("confirm");
    expect(hosted.substrate.record.found?.hosted).toEqual([uc1]);
    await hosted.runTo("restore-pdb");
    expect(await hosted.run("release")).toMatchObject({ hosted: [uc1], warnings: [] });
    expect(states).toEqual([[uc1]]);
    expect(hosted.lines).toContain("hosted control planes: 1 of 1 as before");
  });

  it("that do not come back are warned of, and end nothing", async () => {
    let ready = 3;
    const hosted = scene(() => [plane("uc1", ready, 3)]);
    await hosted.runTo("restore-pdb");
    ready = 1;
    const result = await hosted.run("release");
    expect(result?.warnings).toEqual([
      expect.stringMatching(/^hosted control plane uc1 .*: 1 of 3 API servers are ready/),
    ]);
    expect(hosted.phase).toBe("finished");
  });

  it("are told of after a roll-back, too", async () => {
    const hosted = scene(() => [uc1]);
    await hosted.runTo("restore-pdb");
    Object.assign(hosted.substrate.userApi, { hosted: async () => [] });
    const context = fakeContext(hosted.substrate, { operation: "rollback" });
    expect((await perform("release", release, context))?.warnings).toEqual([
      expect.stringMatching(/^hosted control plane uc1 .* is younger than what was restored/),
    ]);
  });

  it("of a cluster that does not answer are not known before, and are asked for at the end", async () => {
    let dead = true;
    const hosted = scene(() => (dead ? undefined : [uc1]));
    await hosted.runTo("restore-pdb");
    expect(hosted.substrate.record.found?.hosted).toBeUndefined();
    dead = false;
    expect(await hosted.run("release")).toMatchObject({ hosted: [uc1], warnings: [] });
  });
});
