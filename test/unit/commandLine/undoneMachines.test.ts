import { afterAll, describe, expect, it, vi } from "vitest";
import { recover } from "../../../automation/recovery/recover";
import { openSubstrate } from "../../../components/openSubstrate";
import { captured } from "../../support/commandLine";
import { FakeSubstrate, fakeRecord } from "../../support/fakeSubstrate";
import { Scene } from "../access/scene";

vi.mock("../../../components/openSubstrate", () => ({ openSubstrate: vi.fn() }));

describe("a machine that was away when the others were undone", () => {
  const scene = new Scene();
  afterAll(() => scene.end());

  /** As openNodes does it: of an undo the substrate is that machine alone (components/nodes/lateMachines.ts). */
  const opened = (step: string) => {
    const substrate = new FakeSubstrate({ members: step === "undo" ? 1 : 3 });
    substrate.setRecord(fakeRecord(substrate, { phase: step === "undo" ? "swapped" : "undoing" }));
    return substrate;
  };

  it("is what the plan of an undo is about, and the others are not", async () => {
    vi.mocked(openSubstrate).mockImplementation(async (_, step) => opened(step));
    const adminKubeconfig = scene.kubeconfig("https://127.0.0.1:1", { token: "t" });
    const options = { adminKubeconfig, namespace: "uc1", dryRun: true } as const;
    const { stdout } = await captured(scene.directory, () => recover("undo", options));
    expect(stdout).toMatch(/^Ledger: restore r1 is swapped/);
    expect(stdout).toContain("put the previous data back on kube-etcd-0\n");
    expect(vi.mocked(openSubstrate).mock.calls.map(([, step]) => step)).toEqual(["undo"]);
  });

  it("is undone, whatever operation of the others has followed", async () => {
    const late = opened("undo");
    const others = new FakeSubstrate();
    others.setRecord(fakeRecord(others, { id: "r2", phase: "finished" }));
    vi.mocked(openSubstrate).mockImplementation(async (_, step) => (step === "undo" ? late : others));
    const adminKubeconfig = scene.kubeconfig("https://127.0.0.1:1", { token: "t" });
    const options = { adminKubeconfig, namespace: "uc1", yes: true } as const;
    const { stdout } = await captured(scene.directory, () => recover("undo", options));
    expect(stdout).toMatch(/^Done in [\d.]+ s: restore r1 is undone\.$/);
    expect(late.record.phase).toBe("undone");
    expect(others.calls.of(/write|stop|start/)).toEqual([]);
  });
});
