import { describe, expect, it } from "vitest";
import { waitUntil } from "../../lab/waiting";
import { ledgerPhase } from "../faults/recovery";
import { startRestoreScene } from "../support/restoreScene";

/** Single faults of a whole restore; the rows are those of the list of faults that a restore must survive. */
describe("a restore that meets a fault", () => {
  const scene = startRestoreScene({ name: "faults", workers: 1, members: 1 });
  const { up, complete, destroy, situation, previous, restored } = scene;

  it("row 14: killed before the ledger is written, nothing has happened", async () => {
    scene.faults.arm("kill", "guard: *create --validate=false*");
    expect((await up()).exitCode).toBeUndefined();
    scene.faults.disarm();
    expect(await ledgerPhase(scene.stacks, scene.id)).toBe("");
    expect(await situation()).toEqual(previous());
    await scene.stacks.done("cancel", "--yes");
    expect((await destroy()).exitCode).toBe(0);
    expect(await situation()).toEqual(previous());
  });

  it("row 15: a scale that was carried out and reported as failed is not an end", async () => {
    scene.faults.arm("fail-after", "quiesce-servers: *patch statefulset/kube-apiserver --subresource=scale*");
    expect((await up()).exitCode).not.toBe(0);
    scene.faults.disarm();
    await complete();
    expect(await situation()).toEqual(restored());
  });

  it.each([
    ["row 20: a stream that is cut short", "cut"],
    ["row 21: a stream that is changed on its way", "flip"],
  ] as const)("%s is refused by the Pod and sent again", async (_, fault) => {
    scene.faults.arm(fault, "transfer: *receive.sh*");
    expect(await complete()).toContain("try 1 failed, once more");
    expect(await situation()).toEqual(restored());
  });

  it("row 37: the node loses its power between the swap and the start", async () => {
    scene.faults.arm("every", "start-etcd: *scale statefulset/kube-etcd*");
    expect((await up()).exitCode).not.toBe(0);
    scene.faults.disarm();
    await scene.lab.killMachine("node-a");
    await scene.lab.startMachine("node-a");
    await waitUntil({ what: "the node to be ready", timeoutSeconds: 90 }, async () => {
      const pods = ["get", "pods", "-n", "uc1", "-o", "jsonpath={.items[*].status.phase}"];
      return (await scene.lab.kubectl(pods)).stdout.includes("Failed");
    });
    expect(await complete()).toContain("its utility Pod had ended; made");
    expect(await situation()).toEqual(restored());
    await scene.stacks.done("up", "--yes", "--expect-no-changes");
  });

  it("row 40: the stack is lost when all is staged, and the cluster goes on before another begins", async () => {
    scene.faults.arm("kill", "guard: *create --validate=false*");
    expect((await up()).exitCode).toBeUndefined();
    scene.faults.disarm();
    await scene.stacks.done("cancel", "--yes");
    await scene.stacks.done("stack", "rm", "--force", "--yes");
    // after an earlier restore's bump, every further revision makes this one's another
    await scene.cluster.remove("after");
    await scene.cluster.put("after");
    await scene.stacks.restoreStack(scene.id, scene.settings());
    await complete();
    expect(await situation()).toEqual(restored());
  });

  it("row 40: a part of a killed run comes late, when the undo is over: it stops nothing", async () => {
    const apiserver = ["-n", "uc1", "get", "pod", "kube-apiserver-0", "--ignore-not-found", "-o"];
    const uid = async () => (await scene.lab.kubectl([...apiserver, "jsonpath={.metadata.uid}"])).stdout;
    scene.faults.arm("kill-late", "quiesce-servers: *delete pods -l app=kube-apiserver*");
    expect((await up()).exitCode).toBeUndefined();
    scene.faults.disarm();
    await scene.stacks.done("cancel", "--yes");
    expect((await destroy()).exitCode).toBe(0);
    expect(await situation()).toEqual(previous());
    const undone = await uid();
    scene.faults.release();
    await waitUntil({ what: "the late call", timeoutSeconds: 60 }, async () => (await uid()) !== undone);
    // and what the same part of the step would do next
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(await situation()).toEqual(previous());
  });

  it("row 42: an undo that fails says what to do by hand, and goes on when it is run again", async () => {
    scene.faults.arm("every", "start-etcd: *scale statefulset/kube-etcd*");
    expect((await up()).exitCode).not.toBe(0);
    scene.faults.arm("every", "guard: *unswap.sh*");
    const failed = await destroy();
    expect(failed.exitCode).not.toBe(0);
    expect(failed.screen).toContain(`rename member.pre-${scene.id} to member on each volume`);
    scene.faults.disarm();
    expect((await destroy()).exitCode).toBe(0);
    expect(await situation()).toEqual(previous());
  });

  it("row 10: the only member crash-loops on damaged data: no reason is asked for, and a new id restores after giving up", async () => {
    const { lab, stacks, snapshot } = scene;
    await lab.damage({ members: [0] });
    await stacks.done("config", "rm", "--path", "restore.reason");
    scene.faults.arm("every", "verify-etcd: *put*");
    expect((await up()).exitCode).not.toBe(0);
    scene.faults.disarm();
    // the damaged data is back, and crash-loops again
    expect((await destroy()).exitCode).toBe(0);
    await stacks.restoreStack(`${scene.id}-again`, { "restore.snapshot": snapshot });
    await complete();
    expect(await situation()).toEqual(restored());
  });
});
