import { describe, expect, it } from "vitest";
import { ledgerFields } from "../../../components/procedure/ledgerFormat";
import { MemberScriptError } from "../../../components/procedure/substrate";
import { actNames, StagedScene, shortWaits } from "./stagedScene";
import { first, Steps } from "./stagingSteps";

shortWaits();

const otherDigest = "b".repeat(64);

describe("law 12: a transfer of a killed run that comes late", () => {
  const lateTry = async (meanwhile: (steps: Steps) => void) => {
    const steps = new Steps();
    await steps.run("guard");
    await steps.run("bind-snapshot");
    steps.substrate.calls.before(
      /^volumes.send/,
      () => {
        meanwhile(steps);
        throw new MemberScriptError(first, 75, "the stream was cut");
      },
      1,
    );
    const failure = await steps.fails("transfer", first);
    expect(steps.substrate.calls.of(/^volumes.send/)).toHaveLength(1);
    return failure;
  };

  it("sends nothing more once all members are staged", async () => {
    const failure = await lateTry(({ substrate: { record, ledger } }) =>
      ledger.set(ledgerFields({ ...record, phase: "staged", times: { ...record.times, staged: "now" } })),
    );
    expect(failure).toBe("ledger-other");
  });

  it("sends nothing more once another snapshot is asked for", async () => {
    const failure = await lateTry(({ substrate: { record, ledger } }) =>
      ledger.set(ledgerFields({ ...record, snapshot: otherDigest })),
    );
    expect(failure).toBe("not-asked");
  });
});

describe("what is swapped", () => {
  it("is what the ledger names: the volume is told digest and bump", async () => {
    const scene = new StagedScene();
    await scene.runTo("scale-down-etcd");
    const told: (readonly string[])[] = [];
    scene.substrate.volumes.answers.set("swap", (_, argv) => {
      told.push(argv);
      return undefined;
    });
    await scene.run("swap");
    expect(told).toEqual(Array.from({ length: 3 }, () => ["r1", "a".repeat(64), "1000000000"]));
  });
});

describe("the last look before the first change", () => {
  it("defect 5: what users wrote since is in the ledger, and above the bump nothing is stopped", async () => {
    const scene = new StagedScene();
    await scene.run("save-pdb");
    const lives = [...scene.substrate.volumes.of.values()].flatMap(({ live }) => live ?? []);
    for (const live of lives) live.revision = 2_000_000_000n;
    await expect(scene.run("stop-controllers")).rejects.toMatchObject({
      name: "RefusedError",
      refusal: { code: "bump-behind" },
    });
    expect(scene.phase).toBe("staged");
    for (const live of lives) live.revision = 7000n;
    await scene.run("stop-controllers");
    expect(scene.substrate.record).toMatchObject({ phase: "quiesced", liveRevision: "7000" });
  });
});

describe("the stack of a finished restore that another has followed", () => {
  it("does nothing, whatever its resources are called now", async () => {
    const scene = new StagedScene();
    await scene.runTo("release");
    const { ledger, record, calls } = scene.substrate;
    await ledger.archive(ledgerFields(record));
    ledger.set(ledgerFields({ ...record, id: "r2", phase: "quiesced" }));
    calls.all.length = 0;
    for (const name of actNames) expect(await scene.run(name), name).toBeUndefined();
    expect(calls.of(/write|volumes|workloads|budget|etcd/)).toEqual([]);
    expect(scene.lines.at(-1)).toBe("release: done before (restore r1 is finished)");
  });
});

describe("a way back whose retreat was written and whose answer was lost", () => {
  it("says what could not be asked", async () => {
    const scene = new StagedScene();
    await scene.runTo("swap");
    const { calls, volumes } = scene.substrate;
    volumes.unreachable.set("kube-etcd-1", new Error("node n1 does not answer"));
    let writes = 0;
    calls.after(/ledger.write/, () => {
      writes += 1;
      if (writes === 2) throw new Error("the answer was lost");
    });
    await expect(scene.undo()).rejects.toThrow(
      "the data stays as it is: kube-etcd-1: node n1 does not answer",
    );
    expect(scene.phase).toBe("swapped");
  });
});

describe("a lease that could not be asked for", () => {
  it("is a warning, not a controller that does nothing", async () => {
    const scene = new StagedScene();
    await scene.runTo("commit");
    let asked = 0;
    scene.substrate.calls.before(/leaseRenewed kube-scheduler/, () => {
      asked += 1;
      if (asked > 1) throw new Error("no answer");
    });
    expect(await scene.run("start-controllers")).toMatchObject({
      leases: [{ name: "kube-controller-manager" }],
      warnings: ["kube-scheduler: whether it renews its lease in kube-system could not be asked (no answer)"],
    });
  });
});
