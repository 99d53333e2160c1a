import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { FailedError, RefusedError } from "../../../components/errors";
import { commandOf } from "../../../components/hosted/volumes/runInPod";
import { memberCalls } from "../../../components/member/memberCalls";
import { MemberScriptError, type Volumes } from "../../../components/procedure/substrate";
import { apiError } from "../../support/fakeApi";
import { PODS, PodScene } from "../../support/podScene";

const EXEC = ["/bin/sh", "-c", 'LIVING_PODS=$1; export LIVING_PODS; shift; exec /bin/sh "$@"', "sh"];

describe("the members' volumes, on utility Pods", () => {
  let scene: PodScene;
  let volumes: Volumes;
  beforeEach(() => {
    scene = new PodScene();
    volumes = scene.volumes();
  });

  it("tells a script who lives by the names that Pods have for themselves: a long one is cut", async () => {
    const name = `${"a-long-name-of-a-stack-".repeat(3)}utility`;
    const at = `${PODS}/${scene.utility("kube-etcd-0")}`;
    const made = scene.api.objects.get(at);
    scene.api.objects.delete(at);
    scene.api.put(PODS, { ...made, metadata: { ...made?.metadata, name } });
    let command: readonly string[] = [];
    scene.api.onExec = (options) => {
      command = options.command;
      return { code: 0, stdout: "swapped\n", stderr: "" };
    };
    await volumes.run("kube-etcd-0", memberCalls.swap("r1"));
    expect(command[4]).toBe(name.slice(0, 62)); // the kubelet leaves no hyphen at the end
  });

  describe("a Pod that Pulumi made", () => {
    it("is waited for until it runs", async () => {
      const pod = scene.utility("kube-etcd-0", { phase: "Pending" });
      setTimeout(() => scene.change(pod, { phase: "Running" }), 50);
      await volumes.await("kube-etcd-0");
      expect(scene.api.made("POST")).toEqual([]);
    });

    it("without a shell in its image is refused, with the setting", async () => {
      const message = 'exec: "/bin/sh": stat /bin/sh: no such file or directory';
      scene.utility("kube-etcd-0", {
        phase: "Failed",
        containerStatuses: [{ state: { terminated: { exitCode: 128, reason: "StartError", message } } }],
      });
      const error = await failure(volumes.await("kube-etcd-0"));
      expect(error).toBeInstanceOf(RefusedError);
      expect(error.message).toMatch(/^utilityImage: registry\/etcd:1 has no shell: its Pod of kube-etcd-0/);
      expect(error.message).toContain(
        "kubectl --namespace uc1 delete pods -l etcd-recovery/restore=r1,etcd-recovery/member=kube-etcd-0 && pulumi up --refresh",
      );
    });

    it("whose image does not come is refused once that has lasted", async () => {
      const began = Date.now();
      scene.utility("kube-etcd-0", {
        phase: "Pending",
        containerStatuses: [{ state: { waiting: { reason: "ImagePullBackOff", message: "no such\nhost" } } }],
      });
      const error = await failure(volumes.await("kube-etcd-0"));
      expect(error).toBeInstanceOf(RefusedError);
      expect(error.message).toMatch(
        /^utilityImage: registry\/etcd:1 does not come to the node of kube-etcd-0: ImagePullBackOff: no such host/,
      );
      expect(Date.now() - began).toBeGreaterThanOrEqual(scene.times.trouble * 1000);
    });

    it("that stays without a reason fails with its state, its events and the end of its log, without secrets", async () => {
      const pod = scene.utility("kube-etcd-0", { phase: "Pending" });
      scene.event(pod, "FailedMount", "rpc error: token=abcdef");
      scene.api.logs.set(pod, "Bearer abc.def\nlast words");
      const error = await failure(volumes.await("kube-etcd-0"));
      expect(error).toBeInstanceOf(FailedError);
      expect(error.message).toContain("no utility Pod of kube-etcd-0 is running: FailedMount rpc error");
      const said = scene.said.join("\n");
      expect(said).toContain("the utility Pod of kube-etcd-0 does not start.");
      expect(said).toContain("event: FailedMount rpc error: token=[hidden]");
      expect(said).toContain("log: Bearer [hidden]\n    log: last words");
    });

    it("of which there is none fails at once", async () => {
      await expect(volumes.await("kube-etcd-0")).rejects.toThrow(/^no utility Pod of kube-etcd-0 is running/);
    });
  });

  describe("a script", () => {
    it("is run in the Pod of its member, and told which Pods live", async () => {
      const pod = scene.utility("kube-etcd-0");
      const ending = scene.utility("kube-etcd-1", { phase: "Running" }, { deletionTimestamp: "now" });
      scene.utility("kube-etcd-2", { phase: "Succeeded" });
      scene.api.onExec = () => ({ code: 0, stdout: "phase new\n", stderr: "" });
      expect(await volumes.run("kube-etcd-0", memberCalls.state("r1"))).toBe("phase new\n");
      expect(scene.api.made("EXEC")).toMatchObject([
        {
          path: `${pod}/etcd-utility`,
          body: [...EXEC, `${pod} ${ending}`, "/etcd-recovery/state.sh", "r1"],
        },
      ]);
    });

    it("gets its words whole through the Pod's own shell", () => {
      const directory = mkdtempSync(join(tmpdir(), "etcd-recovery-pod-"));
      try {
        const file = join(directory, "state.sh");
        writeFileSync(file, 'printf "<%s>" "$LIVING_PODS" "$@"\n');
        const call = { script: "state.sh", argv: ["r1", "a b", "$(id)", "'"] };
        const [program = "", ...argv] = commandOf(call, ["pod-a", "pod-b"]).map((word) =>
          word === "/etcd-recovery/state.sh" ? file : word,
        );
        expect(execFileSync(program, argv, { encoding: "utf8" })).toBe("<pod-a pod-b><r1><a b><$(id)><'>");
      } finally {
        rmSync(directory, { recursive: true });
      }
    });

    it("that fails is an error with its code and its words", async () => {
      scene.utility("kube-etcd-0");
      scene.api.onExec = () => ({
        code: 77,
        stdout: "",
        stderr: "the snapshot has not arrived\ncommand terminated with exit code 77\n",
      });
      const error = await failure(volumes.run("kube-etcd-0", { script: "stage.sh", argv: ["r1"] }));
      expect(error).toBeInstanceOf(MemberScriptError);
      expect(error).toMatchObject({ member: "kube-etcd-0", code: 77, said: "the snapshot has not arrived" });
      expect(scene.api.made("EXEC")).toHaveLength(1);
    });

    it.each([
      ["swap", "swapped", "swapped\n"],
      ["unswap", "unswapped", "undone\n"],
      ["release", "over", "released\n"],
    ] as const)("%s whose answer is cut by its Pod's end was carried out", async (name, word, answer) => {
      const pod = scene.utility("kube-etcd-0");
      scene.api.onExec = () => {
        scene.ended(pod, word);
        throw apiError("interrupted", "the connection ended", true);
      };
      expect(await volumes.run("kube-etcd-0", memberCalls[name]("r1"))).toBe(answer);
      expect(scene.api.made("EXEC")).toHaveLength(1);
    });

    it("that was killed with a Pod which ended for another reason is asked of the volume again", async () => {
      const pod = scene.utility("kube-etcd-0");
      scene.openLedger("quiesced");
      scene.api.onExec = ({ pod: asked }) => {
        if (asked !== pod) return { code: 0, stdout: "swapped\n", stderr: "" };
        scene.ended(pod, "undone");
        return { code: 137, stdout: "", stderr: "" };
      };
      scene.revivedRun();
      expect(await volumes.run("kube-etcd-0", memberCalls.swap("r1"))).toBe("swapped\n");
      expect(scene.api.made("EXEC")).toHaveLength(2);
    });

    it("that was killed alone has failed", async () => {
      scene.utility("kube-etcd-0");
      scene.api.onExec = () => ({ code: 137, stdout: "", stderr: "" });
      const error = await failure(volumes.run("kube-etcd-0", memberCalls.state("r1")));
      expect(error).toMatchObject({ name: "MemberScriptError", code: 137 });
    });

    it("that a right is missing for is not asked again", async () => {
      scene.utility("kube-etcd-0");
      scene.api.onExec = () => {
        throw apiError("forbidden", "pods/exec is forbidden");
      };
      await expect(volumes.run("kube-etcd-0", memberCalls.state("r1"))).rejects.toMatchObject({
        kind: "forbidden",
      });
      expect(scene.api.made("EXEC")).toHaveLength(1);
    });
  });
});

async function failure(promise: Promise<unknown>): Promise<Error> {
  const outcome = await promise.catch((error: unknown) => error);
  if (outcome instanceof Error) return outcome;
  throw new Error("did not fail");
}
