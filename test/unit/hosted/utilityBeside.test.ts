import { beforeEach, describe, expect, it } from "vitest";
import { memberCalls } from "../../../components/member/memberCalls";
import type { Volumes } from "../../../components/procedure/substrate";
import { PODS, PodScene } from "../../support/podScene";

/** A Pod whose own container has ended, while what a mesh has put beside it keeps it running. */
const kept = (exitCode = 0, message = "swapped\n") => ({
  phase: "Running",
  startTime: "now",
  containerStatuses: [
    { name: "a-mesh", state: { running: {} } },
    { name: "etcd-utility", state: { terminated: { exitCode, message } } },
  ],
});

describe("a utility Pod that a mesh keeps running", () => {
  let scene: PodScene;
  let volumes: Volumes;
  beforeEach(() => {
    scene = new PodScene();
    volumes = scene.volumes();
  });

  it("has said by its own container's end what it did", async () => {
    const pod = scene.utility("kube-etcd-0");
    scene.api.onExec = () => {
      scene.change(pod, kept());
      return { code: 137, stdout: "", stderr: "" };
    };
    expect(await volumes.run("kube-etcd-0", memberCalls.swap("r1"))).toBe("swapped\n");
  });

  it("is asked nothing: another is made, which is told that no script of it lives", async () => {
    scene.openLedger("swapped");
    scene.utility("kube-etcd-0", kept());
    scene.revivedRun();
    scene.api.onExec = () => ({ code: 0, stdout: "undone\n", stderr: "" });
    await volumes.run("kube-etcd-0", memberCalls.unswap("r1"));
    expect(scene.api.made("POST")).toHaveLength(1);
    const made = [...scene.api.objects.keys()].find((path) => path.includes("-utility-"));
    const name = made?.slice(PODS.length + 1);
    expect(scene.api.made("EXEC")).toEqual([
      expect.objectContaining({
        path: `${name}/etcd-utility`,
        body: ["/bin/sh", "-c", expect.any(String), "sh", name, "/etcd-recovery/unswap.sh", "r1"],
      }),
    ]);
  });

  it("holds its volume, and is deleted without waiting for its end", async () => {
    const pod = scene.utility("kube-etcd-0", kept());
    const asked = scene.utility("kube-etcd-1");
    scene.api.onExec = () => {
      scene.change(asked, kept(0, "asked\n"));
      return { code: 0, stdout: "ending\n", stderr: "" };
    };
    expect(await volumes.held()).toEqual(["kube-etcd-0", "kube-etcd-1"]);
    await volumes.release(["kube-etcd-0", "kube-etcd-1"]);
    expect(scene.api.made("DELETE").map(({ path }) => path)).toEqual([`${PODS}/${pod}`, `${PODS}/${asked}`]);
    expect(scene.said).toEqual([]);
    expect(await volumes.held()).toEqual([]);
  });

  it("is another thing than one that is about to end, which stays for its stack to delete", async () => {
    const pod = scene.utility("kube-etcd-0");
    scene.api.onExec = () => {
      const [, its] = kept(0, "asked\n").containerStatuses;
      scene.change(pod, { ...kept(), containerStatuses: [its] });
      setTimeout(() => scene.change(pod, { phase: "Succeeded" }), 3 * scene.times.pollMs);
      return { code: 0, stdout: "ending\n", stderr: "" };
    };
    await volumes.release(["kube-etcd-0"]);
    expect(scene.api.made("DELETE")).toEqual([]);
  });

  it("is not waited for when it has failed", async () => {
    scene.utility("kube-etcd-0", kept(127, "no shell"));
    const began = performance.now();
    await expect(volumes.await("kube-etcd-0")).rejects.toThrow(/^no utility Pod of kube-etcd-0 is running/);
    expect(performance.now() - began).toBeLessThan(scene.times.trouble * 1000);
  });
});
