import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Lab, startLab } from "../../lab/lab";
import { waitUntil } from "../../lab/waiting";
import { MarkedCluster, type Situation } from "../faults/outcome";
import { ledgerPhase } from "../faults/recovery";
import { LabStacks } from "../support/labStack";

/** Single faults of a whole restore; the rows are those of the list of faults that a restore must survive. */
describe("a restore that meets a fault", () => {
  let lab: Lab;
  let stacks: LabStacks;
  let cluster: MarkedCluster;
  let snapshot: string;
  let found: Situation;
  let count = 0;

  const restored = () => ({ ...found, objects: ["configmap/before"] });
  const settings = () => ({ "restore.snapshot": snapshot, "restore.reason": "a test" });
  const up = () => stacks.pulumi("up", "--yes", "--skip-preview");
  const complete = () => stacks.done("up", "--yes", "--skip-preview");
  const destroy = () => stacks.pulumi("destroy", "--yes", "--skip-preview");

  beforeAll(async () => {
    lab = await startLab({ name: "faults", workers: 1, members: 1 });
    stacks = await LabStacks.open(lab);
    cluster = new MarkedCluster(lab);
    await cluster.put("before");
    snapshot = await stacks.backup();
  }, 900_000);

  afterAll(async () => {
    await stacks?.close();
    await lab?.down();
  });

  beforeEach(async () => {
    stacks.faults.disarm();
    await cluster.remove("after");
    await cluster.put("after");
    found = await cluster.situation();
    count += 1;
    await stacks.restoreStack(`n${count}`, settings());
  });

  it("row 14: killed before the ledger is written, nothing has happened", async () => {
    stacks.faults.arm("kill", "guard: *create --validate=false*");
    expect((await up()).exitCode).toBeUndefined();
    stacks.faults.disarm();
    expect(await ledgerPhase(stacks, `n${count}`)).toBe("");
    expect(await cluster.situation()).toEqual(found);
    await stacks.done("cancel", "--yes");
    expect((await destroy()).exitCode).toBe(0);
    expect(await cluster.situation()).toEqual(found);
  });

  it("row 15: a scale that was carried out and reported as failed is not an end", async () => {
    stacks.faults.arm("fail-after", "quiesce-servers: *scale statefulset/kube-apiserver --replicas=0*");
    expect((await up()).exitCode).not.toBe(0);
    stacks.faults.disarm();
    await complete();
    expect(await cluster.situation()).toEqual(restored());
  });

  it.each([
    ["row 20: a stream that is cut short", "cut"],
    ["row 21: a stream that is changed on its way", "flip"],
  ] as const)("%s is refused by the Pod and sent again", async (_, fault) => {
    stacks.faults.arm(fault, "transfer: *receive.sh*");
    expect(await complete()).toContain("try 1 failed, once more");
    expect(await cluster.situation()).toEqual(restored());
  });

  it("row 37: the node loses its power between the swap and the start", async () => {
    stacks.faults.arm("every", "start-etcd: *scale statefulset/kube-etcd*");
    expect((await up()).exitCode).not.toBe(0);
    stacks.faults.disarm();
    await lab.killMachine("node-a");
    await lab.startMachine("node-a");
    await waitUntil({ what: "the node to be ready", timeoutSeconds: 90 }, async () => {
      const pods = ["get", "pods", "-n", "uc1", "-o", "jsonpath={.items[*].status.phase}"];
      return (await lab.kubectl(pods)).stdout.includes("Failed");
    });
    expect(await complete()).toContain("its utility Pod had ended; made");
    expect(await cluster.situation()).toEqual(restored());
    await stacks.done("up", "--yes", "--expect-no-changes");
  });

  it("row 40: the stack is lost when all is staged, and the cluster goes on before another begins", async () => {
    stacks.faults.arm("kill", "guard: *create --validate=false*");
    expect((await up()).exitCode).toBeUndefined();
    stacks.faults.disarm();
    await stacks.done("cancel", "--yes");
    await stacks.done("stack", "rm", "--force", "--yes");
    // after an earlier restore's bump, every further revision makes this one's another
    await cluster.remove("after");
    await cluster.put("after");
    await stacks.restoreStack(`n${count}`, settings());
    await complete();
    expect(await cluster.situation()).toEqual(restored());
  });

  it("row 42: an undo that fails says what to do by hand, and goes on when it is run again", async () => {
    stacks.faults.arm("every", "start-etcd: *scale statefulset/kube-etcd*");
    expect((await up()).exitCode).not.toBe(0);
    stacks.faults.arm("every", "guard: *unswap.sh*");
    const failed = await destroy();
    expect(failed.exitCode).not.toBe(0);
    expect(failed.screen).toContain(`rename member.pre-n${count} to member on each volume`);
    stacks.faults.disarm();
    expect((await destroy()).exitCode).toBe(0);
    expect(await cluster.situation()).toEqual(found);
  });
});
