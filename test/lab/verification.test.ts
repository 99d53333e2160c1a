import type { ExecaChildProcess } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imageNames } from "../../lab/images/labImages";
import { type Lab, startLab } from "../../lab/lab";
import { MarkedCluster, type Situation } from "../faults/outcome";
import { LabStacks } from "../support/labStack";
import { LabSteps } from "../support/labSteps";

/** Rows of the list of faults of a restore: what is noticed between stop and end, and what is said of it. */
describe("a restore that something interferes with", () => {
  let lab: Lab;
  let stacks: LabStacks;
  let steps: LabSteps;
  let cluster: MarkedCluster;
  let found: Situation;

  const kubectl = async (...argv: string[]) => (await lab.kubectl(["-n", "uc1", ...argv])).stdout;
  const up = () => stacks.pulumi("up", "--yes", "--skip-preview");
  const scale = (name: string, replicas: number) =>
    kubectl("scale", "statefulset", name, `--replicas=${replicas}`);
  const gone = (label: string) =>
    kubectl("wait", "--for=delete", "pods", "-l", `app=${label}`, "--timeout=60s");

  beforeAll(async () => {
    lab = await startLab({ name: "verification", workers: 1, members: 1 });
    stacks = await LabStacks.open(lab, "uc1", { UTILITY_TROUBLE_SECONDS: "4", START_SECONDS: "60" });
    steps = new LabSteps(lab);
    cluster = new MarkedCluster(lab);
  }, 900_000);

  afterAll(async () => {
    await stacks?.close();
    await lab?.down();
  });

  describe("one step at a time", () => {
    it("row 18: does not swap while a member runs", async () => {
      await steps.ledger("d1", "swapped");
      const run = await steps.run("swap", "d1", { MEMBER: "kube-etcd-0" });
      expect(run.exitCode).toBe(1);
      expect(run.stderr).toMatch(/StatefulSet kube-etcd: 1 replicas.*; its last events: .*SuccessfulCreate/);
      expect(run.stderr).toContain("something started them again: this step changes nothing");
      expect(run.stderr).toMatch(/--replicas=0; 'pulumi up' goes on, 'pulumi destroy' goes back/);
    });

    it("row 17: does not start etcd beside servers that somebody else started", async () => {
      const run = await steps.run("start-etcd", "d1");
      expect(run.exitCode).toBe(1);
      expect(run.stderr).toContain("something started them again");
      expect(await kubectl("get", "configmap", "etcd-recovery", "-o", "jsonpath={.data.phase}")).toBe(
        "swapped",
      );
    });

    it("row 17: does not verify while API servers write already", async () => {
      await steps.ledger("d1", "started");
      const run = await steps.run("verify-etcd", "d1");
      expect(run.exitCode).toBe(1);
      expect(run.stderr).toContain("something scaled it to 1 replicas before the restored data was verified");
      expect(run.stderr).toContain("'pulumi destroy' goes back to the previous data");
    });

    it("row 16: a Pod that stays Terminating is waited for, reported, and never forced away", async () => {
      await steps.ledger("d1", "quiesced", { quiesced: "now" });
      const pod = "kube-apiserver-0";
      await kubectl("patch", "pod", pod, "--type=merge", "-p", '{"metadata":{"finalizers":["test/stuck"]}}');
      const run = await steps.run("quiesce-servers", "d1", { GONE_SECONDS: "8" });
      expect(run.exitCode).toBe(1);
      expect(run.stderr).toMatch(
        /not gone after 8 s: kube-apiserver-0 [\s\S]*Mend the node[\s\S]*never delete it by force/,
      );
      expect(await kubectl("get", "pod", pod, "-o", "jsonpath={.metadata.deletionTimestamp}")).not.toBe("");
      await kubectl("patch", "pod", pod, "--type=merge", "-p", '{"metadata":{"finalizers":null}}');
      const undone = await steps.run("undo", "d1");
      expect(undone.exitCode, undone.stderr).toBe(0);
      await steps.remove();
    });
  });

  describe("from the first Pod to the report", () => {
    /** Where a client was that has watched since before the restore. */
    let version: string;
    let watch: ExecaChildProcess;

    const watchFrom = (from: string) =>
      lab.userKubectl(
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
      await lab.kubectl(["apply", "-f", "-"], {
        input: JSON.stringify({ apiVersion: "v1", kind: "List", items }),
      });
      await kubectl("rollout", "status", "deployment/operator", "--timeout=60s");
      await cluster.put("before");
      const snapshot = await stacks.backup();
      await cluster.put("after");
      found = await cluster.situation();
      const list = await lab.userKubectl("uc1", ["get", "--raw", "/api/v1/configmaps?limit=1"]);
      version = JSON.parse(list.stdout).metadata.resourceVersion;
      watch = watchFrom(version);
      await stacks.restoreStack("v1", {
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
      expect(await cluster.situation()).toEqual(found);
    });

    it("row 17: etcd started by somebody between stop and swap stops the run", async () => {
      await stacks.done("config", "set", "utilityImage", imageNames.etcdUtil);
      stacks.faults.arm("fail", "swap: *exec*/swap.sh*");
      expect((await up()).exitCode).not.toBe(0);
      stacks.faults.disarm();
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
      await stacks.done("up", "--yes", "--skip-preview");
      expect(await cluster.situation()).toEqual({ ...found, objects: ["configmap/before"] });
    });

    it("row 36: objects of a killed run are gone, those of another restore are named", async () => {
      expect(await kubectl("get", "pod", "left-by-a-killed-run", "--ignore-not-found")).toBe("");
      const { warnings } = JSON.parse(await stacks.done("stack", "output", "report"));
      expect(warnings).toEqual([expect.stringContaining("Pod/left-by-another")]);
    });

    it("row 34: a client that remembers the time before is told to list again", async () => {
      await watch;
      expect((await watchFrom(version)).all).toMatch(/"code":410|too old resource version/);
    });

    it("row 34: says of every other workload what was done, and that the controllers work", async () => {
      const report = JSON.parse(await stacks.done("stack", "output", "report"));
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
      const run = await steps.run("start-controllers", "v1", { LEASE_SECONDS: "30" });
      expect(run.exitCode).toBe(1);
      expect(run.stderr).toContain(
        "PodDisruptionBudget kube-apiserver-pdb: spec.minAvailable is '0', the ledger says '1'",
      );
      await kubectl("delete", "pdb", "kube-apiserver-pdb");
      const again = await steps.run("start-controllers", "v1", { LEASE_SECONDS: "30" });
      expect(again.exitCode, again.stderr).toBe(0);
      expect((await cluster.situation()).pdb).toBe(found.pdb);
    });

    it("row 36: what cannot be removed is listed, and the exit code says so", async () => {
      await orphan("stuck", "v1");
      const finalizers = '{"metadata":{"finalizers":["test/stuck"]}}';
      await kubectl("patch", "pod", "stuck", "--type=merge", "-p", finalizers);
      const own = await kubectl("get", "pods", "-l", "etcd-recovery/restore=v1", "-o", "name");
      const objects = own.replaceAll("pod/", "Pod/").replace("Pod/stuck", "").replaceAll("\n", " ");
      const all = await kubectl(
        "get",
        "configmaps,networkpolicies",
        "-l",
        "etcd-recovery/restore=v1",
        "-o",
        "name",
      );
      const others = all
        .replaceAll("configmap/", "ConfigMap/")
        .replaceAll("networkpolicy.networking.k8s.io/", "NetworkPolicy/")
        .replaceAll("\n", " ");
      const run = await steps.run("release", "v1", {
        OWN_OBJECTS: `${objects} ${others}`,
        LEFTOVER_SECONDS: "3",
      });
      await kubectl("patch", "pod", "stuck", "--type=merge", "-p", '{"metadata":{"finalizers":null}}');
      expect(run.exitCode).toBe(1);
      expect(run.stderr).toContain("these of its helpers are left: Pod/stuck");
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
      await lab.kubectl(["apply", "-f", "-"], { input: JSON.stringify(pod) });
      await kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded", `pod/${name}`, "--timeout=60s");
    }
  });
});
