import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runStep } from "../../../automation/step/runStep";
import { openSubstrate } from "../../../components/openSubstrate";
import { guard } from "../../../components/procedure/acts/guard";
import { preflight } from "../../../components/procedure/acts/preflight";
import { refused } from "../../../components/procedure/refusal";
import type { Site } from "../../../components/procedure/site";
import { FakeSubstrate, fakeContext, fakeRecord, fakeRequest } from "../../support/fakeSubstrate";

vi.mock("../../../components/openSubstrate", () => ({ openSubstrate: vi.fn() }));

/** The configuration leads to `here`; steps were made at the place that their result names. */
class Scene {
  readonly fake: FakeSubstrate = Object.assign(new FakeSubstrate(), { site: this.site() });
  here = "a";
  readonly printed: string[] = [];
  readonly said: string[] = [];

  constructor() {
    vi.mocked(openSubstrate).mockResolvedValue(this.fake);
    vi.spyOn(process.stdout, "write").mockImplementation((text) => this.printed.push(String(text)) > 0);
    vi.spyOn(process.stderr, "write").mockImplementation((text) => this.said.push(String(text)) > 0);
  }

  private site(): Site {
    return {
      describe: async () => ({ where: this.here }),
      judge: async (_, { where }) =>
        where === this.here ? undefined : refused("elsewhere", `begun at ${where}, not at ${this.here}`),
    };
  }

  run(act: string, before: string): Promise<number> {
    vi.stubEnv("PULUMI_COMMAND_STDOUT", before);
    return runStep(act);
  }
}

describe("a step whose arguments lead elsewhere since it was made", () => {
  beforeEach(() => {
    const told = { format: 1, operation: "restore", id: "r1", substrate: { kind: "hosted" } };
    vi.stubEnv("ETCD_RECOVERY_ARGUMENTS", JSON.stringify(told));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it("keeps its former output, byte for byte, where they lead to the same place", async () => {
    const scene = new Scene();
    const before = '{"opened":"now",  "site":{"where":"a"}}';
    expect(await scene.run("keep", before)).toBe(0);
    expect(scene.printed).toEqual([before]);
  });

  it("is refused otherwise, so that the state keeps the arguments that it had", async () => {
    const scene = new Scene();
    scene.here = "b";
    expect(await scene.run("keep", '{"site":{"where":"a"}}')).toBe(3);
    expect(scene.printed).toEqual([]);
    expect(scene.said.join("")).toContain("begun at a, not at b");
  });

  it.each([
    ["an older guard's", '{"opened":"now"}'],
    ["one of lines", "node kube-etcd-0 any"],
    ["none", ""],
  ])("is kept after %s output, which does not say where it was, and nobody is asked", async (_, before) => {
    const scene = new Scene();
    vi.mocked(openSubstrate).mockRejectedValue(new Error("a machine is away"));
    expect(await scene.run("keep", before)).toBe(0);
    expect(scene.printed).toEqual([before]);
  });

  it("does not undo what another cluster has under the same id, nor say that there is nothing", async () => {
    const scene = new Scene();
    scene.fake.setRecord(fakeRecord(scene.fake, { phase: "swapped" }));
    scene.here = "b";
    expect(await scene.run("undo", '{"site":{"where":"a"}}')).toBe(3);
    expect(scene.fake.record.phase).toBe("swapped");
    scene.here = "a";
    expect(await scene.run("undo", '{"site":{"where":"a"}}')).toBe(0);
    expect(scene.fake.record.phase).toBe("undone");
  });

  it("has said where it was made: the preflight and the guard do", async () => {
    const scene = new Scene();
    const request = fakeRequest({ reason: "a drill" });
    expect(await preflight(fakeContext(scene.fake, { request }))).toMatchObject({ site: { where: "a" } });
    expect(await guard(fakeContext(scene.fake, { request }))).toMatchObject({ site: { where: "a" } });
  });
});
