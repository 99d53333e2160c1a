import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import execa from "execa";
import { exists } from "../../lab/files";
import { imageNames } from "../../lab/images/labImages";
import { endLab, type Lab, startLab } from "../../lab/index";
import { LabDirectory } from "../../lab/labDirectory";
import { readState } from "../../lab/labState";
import { labCgroup } from "../../lab/machines/cgroupLayout";
import { machinesOf, RunningLab } from "../../lab/runningLab";
import { cacheDirectory } from "../../lab/tools/toolCache";
import { patient, waitFor, waitUntil } from "../../lab/waiting";

/** One thing that was to be seen. */
export interface Proof {
  readonly what: string;
  readonly seen: string;
  readonly holds: boolean;
}

/** What the guest answers. */
export interface Answer {
  readonly guest: string;
  readonly controllers: readonly string[];
  readonly proofs: readonly Proof[];
}

const name = "v2";
const unified = "/sys/fs/cgroup";
const cgroup = join(unified, labCgroup(name));
const limits = { cpu: "200m", memory: "64Mi" };
/** The same as cgroup v2 has them: microseconds of 100 ms, and bytes. */
const limitsAsWritten = { cpu: "20000 100000", memory: String(64 * 2 ** 20) };

type Say = (line: string) => void;

/** Starts a small lab, runs a Pod with limits on its worker, ends both, and looks for what is left. */
export async function prove(log: Say): Promise<Answer> {
  const proofs: Proof[] = [];
  const check = (what: string, seen: string, holds: boolean): void => {
    log(`${holds ? "seen" : "NOT SEEN"}: ${what}: ${seen}`);
    proofs.push({ what, seen, holds });
  };
  const before = await traces();
  const type = (await execa("stat", ["-f", "-c", "%T", unified])).stdout;
  check("the guest has cgroup v2 alone", type, type === "cgroup2fs");
  try {
    const whole = startLab({ name, workers: 1, log });
    // A start that fails is told of at once; the worker is ready long before the user cluster.
    const early = await Promise.race([whenWorkerIsReady(), whole]);
    await machinesAreDelegated(early, check);
    await podIsLimited(early, check);
    const lab = await whole;
    check("a small lab is up, with a user cluster", lab.machines.join(" "), lab.runningMachines.length === 4);
    await machineRestarts(lab, check);
    // What ends a lab is the kernel's knowledge, not the lab's own.
    await rm(join(lab.directory, "lab.json"));
  } catch (error) {
    check("no step fails", error instanceof Error ? error.message : String(error), false);
  }
  await endLab(name, log);
  const after = await traces();
  check(
    "the lab ends without a trace",
    JSON.stringify(after),
    JSON.stringify(after) === JSON.stringify(before),
  );
  const guest = (await execa("uname", ["-sr"])).stdout;
  return { guest, controllers: await words(join(unified, "cgroup.controllers")), proofs };
}

/** The lab as it is when its worker can run Pods. */
async function whenWorkerIsReady(): Promise<Lab> {
  const paths = new LabDirectory(name);
  const lab = await waitFor({ what: "the lab's machines", timeoutSeconds: 60 }, async () => {
    const state = await readState(paths);
    return state?.machines.ws && new RunningLab(paths, state, await machinesOf(paths, state));
  });
  await waitUntil({ what: "the worker", timeoutSeconds: 300 }, async () => {
    await lab.kubectl(["wait", "--for=condition=Ready", "--timeout=60s", "node/node-a"]);
    return true;
  });
  return lab;
}

type Check = (what: string, seen: string, holds: boolean) => void;

async function machinesAreDelegated(lab: Lab, check: Check): Promise<void> {
  for (const machine of lab.machines) {
    const own = (await lab.onMachine(machine, ["cat", "/proc/1/cgroup"])).stdout;
    check(`${machine} has a cgroup namespace of its own`, own, own === "0::/init");
  }
  const handed = await words(join(cgroup, "node-a", "cgroup.subtree_control"));
  const needed = ["cpu", "memory", "pids"];
  check(
    "node-a hands controllers down",
    handed.join(" "),
    needed.every((one) => handed.includes(one)),
  );
}

/** Power loss, and on again. */
async function machineRestarts(lab: Lab, check: Check): Promise<void> {
  const own = join(cgroup, "jump");
  await lab.killMachine("jump");
  const gone = !(await exists(own));
  await lab.startMachine("jump");
  const again = (await lab.onMachine("jump", ["cat", "/proc/1/cgroup"])).stdout;
  check("a machine that is killed and started has its cgroup anew", again, gone && again === "0::/init");
}

const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "limited", namespace: "default" },
  spec: {
    nodeName: "node-a",
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 1,
    automountServiceAccountToken: false,
    tolerations: [{ operator: "Exists" }],
    containers: [
      {
        name: "main",
        image: imageNames.etcdUtil,
        imagePullPolicy: "Never",
        command: ["sleep", "86400"],
        resources: { limits, requests: limits },
      },
    ],
  },
};

async function podIsLimited(lab: Lab, check: Check): Promise<void> {
  await waitUntil({ what: "the default service account", timeoutSeconds: 30 }, async () => {
    await lab.kubectl(["apply", "--validate=false", "-f", "-"], { input: JSON.stringify(pod) });
    return true;
  });
  await lab.kubectl(["wait", "--for=condition=Ready", `--timeout=${patient(60)}s`, "pod/limited"]);
  const { stdout: uid } = await lab.kubectl(["get", "pod", "limited", "-o", "jsonpath={.metadata.uid}"]);
  const own = join(cgroup, "node-a", "kubepods", `pod${uid}`);
  const written = { cpu: await text(join(own, "cpu.max")), memory: await text(join(own, "memory.max")) };
  const asWritten = JSON.stringify(written);
  check(
    "a Pod runs below the machine's cgroup, with its limits",
    asWritten,
    asWritten === JSON.stringify(limitsAsWritten),
  );
  await limitHolds(lab, own, check);
  await lab.kubectl(["delete", "pod", "limited", "--wait", `--timeout=${patient(60)}s`]);
  await waitUntil({ what: "the Pod's cgroup to go", timeoutSeconds: 60 }, async () => !(await exists(own)));
  check("the Pod's cgroup goes with the Pod", own.slice(unified.length), true);
}

/** A program that takes twice the memory is ended by the kernel, in the Pod and nowhere else. */
async function limitHolds(lab: Lab, own: string, check: Check): Promise<void> {
  const greedy = ["dd", "if=/dev/zero", "of=/dev/null", "bs=128M", "count=1"];
  await lab.kubectl(["exec", "limited", "--", ...greedy], { reject: false });
  const killed = await waitFor(
    { what: "the kernel to end it", timeoutSeconds: 30 },
    async () => /^oom_kill [1-9]\d*$/m.exec(await text(join(own, "memory.events")))?.[0],
  );
  check("the memory limit holds", killed, true);
}

/** Whatever the kernel and the disk know of labs. */
async function traces(): Promise<Record<string, unknown>> {
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const of = (file: string) =>
    Promise.all(pids.map((pid) => readFile(join("/proc", pid, file), "utf8").catch(() => "")));
  const links = (await readdir("/sys/class/net")).sort();
  return {
    cgroups: (await readdir(unified)).filter((entry) => entry.startsWith(labCgroup(""))),
    handedDown: (await words(join(unified, "cgroup.subtree_control"))).sort(),
    processes: (await of("cgroup")).filter((line) => line.includes(labCgroup(""))).length,
    mounts: (await of("mountinfo")).filter((table) => table.includes("etcd-recovery-lab/")).length,
    links,
    directory: await exists("/var/lib/etcd-recovery-lab"),
    records: (await readdir(cacheDirectory())).filter((entry) => entry.startsWith("host-")),
    inotify: await text("/proc/sys/fs/inotify/max_user_instances"),
  };
}

async function text(path: string): Promise<string> {
  return (await readFile(path, "utf8").catch(() => "")).trim();
}

async function words(path: string): Promise<string[]> {
  return (await text(path)).split(/\s+/).filter(Boolean);
}
