import { afterAll, beforeAll, expect } from "vitest";
import { type Lab, startLab } from "../../lab";
import { memberVolumePath } from "../../lab/clusters/userEtcd";
import { ControlPlane } from "../../lab/demo/controlPlane";
import { LabStacks, type PulumiRun } from "./labStack";

/** A lab with three members, of which kube-etcd-1 is repaired; nothing of it is there before a test or a hook runs. */
export interface RepairScene {
  readonly lab: Lab;
  readonly stacks: LabStacks;
  /** kubectl on the user cluster, in the lab's own network. */
  readonly user: (...argv: string[]) => ReturnType<Lab["userKubectl"]>;
  readonly up: () => Promise<PulumiRun>;
  readonly destroy: () => Promise<string>;
  /** A new stack with a new id. */
  readonly repairStack: () => Promise<void>;
  /** Pods of the control plane other than the member's, each with its UID and restarts. */
  readonly otherPods: () => Promise<string[]>;
  /** As `etcdctl member list` has it, sorted. */
  readonly memberList: () => Promise<string[]>;
  /** Id of kube-etcd-1. */
  readonly memberId: () => Promise<string | undefined>;
  /** Directory of a member's volume on this machine. */
  readonly volume: (ordinal: number) => string;
  /** Expects three members that serve, with the same data. */
  readonly whole: () => Promise<void>;
  /** `up` to the end, and what it leaves; its stack is empty then. */
  readonly repaired: () => Promise<void>;
  /** `up` that fails since these requests are refused, from the given one on. */
  readonly failing: (pattern: string, nth?: number) => Promise<void>;
}

/** Starts the scene before the tests of the describe block that this is called in, and ends it after them. */
export function startRepairScene(name: string): RepairScene {
  let lab: Lab;
  let stacks: LabStacks;
  let controlPlane: ControlPlane;
  let count = 0;

  const user = (...argv: string[]) => lab.userKubectl("uc1", ["--request-timeout=8s", ...argv]);
  const up = () => stacks.pulumi("up", "--yes", "--skip-preview");
  const destroy = () => stacks.done("destroy", "--yes", "--skip-preview");
  const memberList = async () => (await controlPlane.etcdctl(["member", "list"])).split("\n").sort();
  const whole = async () => {
    await controlPlane.awaitAllReady();
    const members = await controlPlane.members();
    expect(new Set(members.map(({ hashKV }) => hashKV)).size).toBe(1);
    expect((await memberList()).filter((line) => line.includes(", started, "))).toHaveLength(3);
  };

  beforeAll(async () => {
    lab = await startLab({ name, workers: 1, members: 3, apiservers: 1 });
    stacks = await LabStacks.open(lab);
    controlPlane = new ControlPlane(lab, lab.userCluster());
    await user("create", "configmap", "probe");
  }, 900_000);

  afterAll(async () => {
    await stacks?.close();
    await lab?.down();
  });

  return {
    get lab() {
      return lab;
    },
    get stacks() {
      return stacks;
    },
    user,
    up,
    destroy,
    repairStack() {
      count += 1;
      return stacks.restoreStack(`r${count}`, { "restore.repair": "kube-etcd-1" });
    },
    async otherPods() {
      const pod = "{.metadata.name} {.metadata.uid} {.status.containerStatuses[*].restartCount}";
      const list = `jsonpath={range .items[*]}${pod}{"\\n"}{end}`;
      const { stdout } = await lab.kubectl(["-n", "uc1", "get", "pods", "-o", list]);
      return stdout.split("\n").filter((line) => /^kube-(etcd-[02]|apiserver)/.test(line));
    },
    memberList,
    memberId: async () => (await memberList()).find((line) => line.includes("kube-etcd-1"))?.split(",")[0],
    volume: (ordinal) =>
      lab.machinePath(lab.userCluster().memberNodes[ordinal] ?? "node-a", memberVolumePath("uc1", ordinal)),
    whole,
    async repaired() {
      const run = await up();
      expect(run.exitCode, run.screen).toBe(0);
      await whole();
      await destroy();
    },
    async failing(pattern, nth = 1) {
      stacks.faults.arm("every", pattern, nth);
      const run = await up();
      stacks.faults.disarm();
      expect(run.exitCode, run.screen).not.toBe(0);
    },
  };
}
