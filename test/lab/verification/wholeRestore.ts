import type { ExecaChildProcess } from "execa";
import { beforeAll, describe, expect, it } from "vitest";
import { imageNames } from "../../../lab/images/labImages";
import type { Situation } from "../../faults/outcome";
import type { VerificationScene } from "./scene";

/** One restore that is interfered with again and again, and its report. */
export function wholeRestore(scene: VerificationScene): void {
  describe("from the first Pod to the report", () => {
    /** Where a client was that has watched since before the restore. */
    let version: string;
    let watch: ExecaChildProcess;
    let found: Situation;

    const { kubectl } = scene;
    const up = () => scene.stacks.pulumi("up", "--yes", "--skip-preview");
    const scale = (name: string, replicas: number) =>
      kubectl("scale", "statefulset", name, `--replicas=${replicas}`);
    const gone = (label: string) =>
      kubectl("wait", "--for=delete", "pods", "-l", `app=${label}`, "--timeout=60s");

    const watchFrom = (from: string) =>
      scene.lab.userKubectl(
        "uc1",
        ["get", "--raw", `/api/v1/configmaps?watch=true&timeoutSeconds=900&resourceVersion=${from}`],
        { reject: false, all: true },
      );

    beforeAll(async () => {
      const deployment = (name: string, replicas: number, env: object[]) => ({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, namespace: "uc1" },
        spec: {
          replicas,
          selector: { matchLabels: { app: name } },
          template: {
            metadata: { labels: { app: name } },
            spec: {
              terminationGracePeriodSeconds: 1,
              containers: [{ name: "pause", image: imageNames.pause, imagePullPolicy: "Never", env }],
            },
          },
        },
      });
      const items = [
        deployment("operator", 1, [{ name: "KUBECONFIG", value: "/etc/uc1" }]),
        deployment("idle", 0, [{ name: "KUBECONFIG", value: "/etc/uc1" }]),
        deployment("metrics", 1, []),
      ];
      await scene.lab.kubectl(["apply", "-f", "-"], {
        input: JSON.stringify({ apiVersion: "v1", kind: "List", items }),
      });
      await kubectl("rollout", "status", "deployment/operator", "--timeout=60s");
      await scene.cluster.put("before");
      const snapshot = await scene.stacks.backup();
      await scene.cluster.put("after");
      found = await scene.cluster.situation();
      const list = await scene.lab.userKubectl("uc1", ["get", "--raw", "/api/v1/configmaps?limit=1"]);
      version = JSON.parse(list.stdout).metadata.resourceVersion;
      watch = watchFrom(version);
      await scene.stacks.restoreStack("v1", {
        "restore.snapshot": snapshot,
        "restore.reason": "a test",
        utilityImage: "example.invalid/none:1",
      });
    });

    it("row 19: a utility Pod that cannot start ends the run with its reason, and nothing has changed", async () => {
      const run = await up();
      expect(run.exitCode).not.toBe(0);
      expect(run.screen).toContain("the utility Pod of kube-etcd-0 does not start");
      expect(run.screen).toMatch(/ErrImagePull|ImagePullBackOff/);
      expect(run.screen).toMatch(/event: .*example\.invalid/);
      expect(await scene.cluster.situation()).toEqual(found);
    });

    it("row 17: etcd started by somebody between stop and swap stops the run", async () => {
      await scene.stacks.done("config", "set", "utilityImage", imageNames.etcdUtil);
      scene.stacks.faults.arm("every", "swap: PUT configmaps/etcd-recovery *");
      expect((await up()).exitCode).not.toBe(0);
      scene.stacks.faults.disarm();
      await scale("kube-etcd", 1);
      const run = await up();
      expect(run.exitCode).not.toBe(0);
      expect(run.screen).toMatch(/StatefulSet kube-etcd: 1 replicas.*; its last events: .*SuccessfulCreate/);
      expect(run.screen).toContain("something started them again");
      await scale("kube-etcd", 0);
      await gone("kube-etcd");
    });

    it("row 33: API servers that crash end the wait, with the last lines of their logs", async () => {
      const flag = [
        { op: "add", path: "/spec/template/spec/containers/0/command/-", value: "--no-such-flag" },
      ];
      await kubectl("patch", "statefulset", "kube-apiserver", "--type=json", "-p", JSON.stringify(flag));
      const run = await up();
      expect(run.exitCode).not.toBe(0);
      expect(run.screen).toMatch(/kube-apiserver-0: .*exit code 1/);
      expect(run.screen).toContain("unknown flag: --no-such-flag");
      expect(run.screen).toContain("API servers: 0 of 1 are ready");
      expect(run.screen).toContain("'pulumi destroy' goes back to the previous data");
    });

    it("goes on when all that is mended, to the restored data", async () => {
      const command = "{.spec.template.spec.containers[0].command}";
      const flags = JSON.parse(
        await kubectl("get", "statefulset", "kube-apiserver", "-o", `jsonpath=${command}`),
      );
      const last = [{ op: "remove", path: `/spec/template/spec/containers/0/command/${flags.length - 1}` }];
      await kubectl("patch", "statefulset", "kube-apiserver", "--type=json", "-p", JSON.stringify(last));
      await orphan("left-by-a-killed-run", "v1");
      await orphan("left-by-another", "v0");
      await scene.stacks.done("up", "--yes", "--skip-preview");
      expect(await scene.cluster.situation()).toEqual({ ...found, objects: ["configmap/before"] });
    });

    it("row 36: objects of a killed run are gone, those of another restore are named", async () => {
      expect(await kubectl("get", "pod", "left-by-a-killed-run", "--ignore-not-found")).toBe("");
      const { warnings } = JSON.parse(await scene.stacks.done("stack", "output", "report"));
      expect(warnings).toEqual([expect.stringContaining("Pod/left-by-another")]);
    });

    it("row 34: a client that remembers the time before is told to list again", async () => {
      await watch;
      expect((await watchFrom(version)).all).toMatch(/"code":410|too old resource version/);
    });

    it("row 34: says of every other workload what was done, and that the controllers work", async () => {
      const report = JSON.parse(await scene.stacks.done("stack", "output", "report"));
      const done = Object.fromEntries(
        report.workloads.map((w: { name: string; done: string }) => [w.name, w.done]),
      );
      expect(done).toEqual({
        "Deployment/kube-controller-manager": "stopped",
        "Deployment/kube-scheduler": "stopped",
        "Deployment/gke-master-etcd-maintenance": "stopped",
        "Deployment/operator": "restarted",
        "Deployment/idle": "left",
        "Deployment/metrics": "left",
      });
      expect(report.leases.map((lease: { name: string }) => lease.name)).toEqual([
        "kube-controller-manager",
        "kube-scheduler",
      ]);
    });

    it("row 35: a budget that is not as it was found is named, field by field", async () => {
      await kubectl(
        "patch",
        "pdb",
        "kube-apiserver-pdb",
        "--type=merge",
        "-p",
        '{"spec":{"minAvailable":0}}',
      );
      await phase("committed");
      const run = await scene.steps.run("restore-pdb", "v1");
      expect(run.code).toBe(1);
      expect(run.stderr).toContain(
        "PodDisruptionBudget kube-apiserver-pdb: spec.minAvailable is '0', the ledger says '1'",
      );
      await kubectl("delete", "pdb", "kube-apiserver-pdb");
      const again = await scene.steps.run("restore-pdb", "v1");
      expect(again.code, again.stderr).toBe(0);
      expect((await scene.cluster.situation()).pdb).toBe(found.pdb);
    });

    it("row 36: what cannot be removed is listed, and the exit code says so", async () => {
      await orphan("stuck", "v1");
      const finalizers = '{"metadata":{"finalizers":["test/stuck"]}}';
      await kubectl("patch", "pod", "stuck", "--type=merge", "-p", finalizers);
      const ofRestore = ["-l", "etcd-recovery/restore=v1", "-o", "json"];
      const all = JSON.parse(await kubectl("get", "pods,configmaps,networkpolicies", ...ofRestore)).items;
      const own = all
        .map(({ kind, metadata }: { kind: string; metadata: { name: string } }) => `${kind}/${metadata.name}`)
        .filter((name: string) => name !== "Pod/stuck");
      const run = await scene.steps.run("release", "v1", { own, env: { LEFTOVER_SECONDS: "3" } });
      await kubectl("patch", "pod", "stuck", "--type=merge", "-p", '{"metadata":{"finalizers":null}}');
      expect(run.code).toBe(1);
      expect(run.stderr).toContain("these of its helpers are left: Pod/stuck");
      expect(await scene.steps.field("phase")).toBe("committed");
      const again = await scene.steps.run("release", "v1", { own });
      expect(again.code, again.stderr).toBe(0);
      expect(await scene.steps.field("phase")).toBe("finished");
    });

    const phase = (to: string) =>
      kubectl("patch", "configmap", "etcd-recovery", "--type=merge", "-p", `{"data":{"phase":"${to}"}}`);

    /** A completed utility Pod that no stack knows. */
    async function orphan(name: string, id: string): Promise<void> {
      const labels = {
        "app.kubernetes.io/managed-by": "etcd-recovery",
        "etcd-recovery/restore": id,
        "etcd-recovery/member": "gone",
      };
      const container = {
        name: "etcd-utility",
        image: imageNames.etcdUtil,
        imagePullPolicy: "Never",
        command: ["true"],
      };
      const pod = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: "uc1", labels },
        spec: { restartPolicy: "Never", containers: [container] },
      };
      await scene.lab.kubectl(["apply", "-f", "-"], { input: JSON.stringify(pod) });
      await kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded", `pod/${name}`, "--timeout=60s");
    }
  });
}
