import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { disagreement, memberStatuses } from "../../lab/clusters/controlPlaneHealth";
import {
  type ControlPlane,
  type ControlPlaneName,
  endLab,
  type Lab,
  openLab,
  startLab,
} from "../../lab/index";
import { LabDirectory } from "../../lab/labDirectory";
import { waitUntil } from "../../lab/waiting";
import { networksOf, nothing, processesOf, tracesOf } from "../support/labTraces";

const name = "machines";
const machines: readonly ControlPlaneName[] = ["cp-a", "cp-b", "cp-c"];

/**
 * One start of the shape that differs most from what other tests start: data elsewhere, on a mount, of another user.
 * What the shape kubeadm has instead (root, /var/lib/etcd) is that of the shape hosted, and its manifests are in
 * test/unit/labControlPlanes.test.ts.
 */
let lab: Lab;
let plane: ControlPlane;
beforeAll(async () => {
  lab = await startLab({ name, shape: "controlplane-v2", etcdMount: true });
  plane = await lab.controlPlane();
});
afterAll(() => endLab(name));

/** Why the members that answer are not one cluster of `count` with a leader. */
async function reasonAgainst(count: number, asked = machines): Promise<string | undefined> {
  return disagreement(await memberStatuses(lab, new LabDirectory(name), asked), count);
}

/** Lines of a command that root runs on a machine, by SSH. */
async function asRoot(machine: ControlPlaneName, command: string): Promise<string[]> {
  return (await lab.ssh(machine, `sudo sh -c '${command}'`)).stdout.split("\n");
}

const namespaces = async () => (await lab.kubectl(["get", "namespaces", "-o", "name"])).stdout;

/** Modes and owners that kubeadm gives, with those of an etcd that is not root. */
const files = `755 0:0 /etc/kubernetes/pki
755 0:0 /etc/kubernetes/pki/etcd
644 0:0 /etc/kubernetes/pki/apiserver-etcd-client.crt
600 0:0 /etc/kubernetes/pki/apiserver-etcd-client.key
644 0:0 /etc/kubernetes/pki/apiserver-kubelet-client.crt
600 0:0 /etc/kubernetes/pki/apiserver-kubelet-client.key
644 0:0 /etc/kubernetes/pki/apiserver.crt
600 0:0 /etc/kubernetes/pki/apiserver.key
644 0:0 /etc/kubernetes/pki/ca.crt
600 0:0 /etc/kubernetes/pki/ca.key
644 0:0 /etc/kubernetes/pki/etcd/ca.crt
600 0:0 /etc/kubernetes/pki/etcd/ca.key
644 0:0 /etc/kubernetes/pki/etcd/healthcheck-client.crt
600 0:0 /etc/kubernetes/pki/etcd/healthcheck-client.key
644 0:0 /etc/kubernetes/pki/etcd/peer.crt
600 2001:2001 /etc/kubernetes/pki/etcd/peer.key
644 0:0 /etc/kubernetes/pki/etcd/server.crt
600 2001:2001 /etc/kubernetes/pki/etcd/server.key
644 0:0 /etc/kubernetes/pki/front-proxy-ca.crt
600 0:0 /etc/kubernetes/pki/front-proxy-ca.key
644 0:0 /etc/kubernetes/pki/front-proxy-client.crt
600 0:0 /etc/kubernetes/pki/front-proxy-client.key
600 0:0 /etc/kubernetes/pki/sa.key
600 0:0 /etc/kubernetes/pki/sa.pub
700 0:0 /etc/kubernetes/manifests
600 0:0 /etc/kubernetes/admin.conf
600 0:0 /etc/kubernetes/controller-manager.conf
600 0:0 /etc/kubernetes/kubelet.conf
600 0:0 /etc/kubernetes/scheduler.conf`.split("\n");

describe("a control plane on three machines", () => {
  test("is one cluster of three members with one leader, behind one address", async () => {
    expect(await reasonAgainst(3)).toBeUndefined();
    expect(plane.server).toBe("https://10.77.0.20:6443");
    expect(await namespaces()).toContain("namespace/kube-system");
    const pods = await lab.kubectl(["-n", "kube-system", "get", "pods", "-o", "name"]);
    expect(pods.stdout.split("\n")).toHaveLength(4 * 3);
    const { namespace = "", name: secret = "", field = "" } = plane.sshSecret ?? {};
    const kept = await lab.kubectl(["-n", namespace, "get", "secret", secret, "-o", "json"]);
    expect(JSON.parse(kept.stdout).data[field]).toMatch(/^LS0tLS1CRUdJTiBPUEVOU1NI/);
  });

  test("is reached by SSH through the jump host alone, and has kubeadm's files, modes and owners", async () => {
    const options = ["-oBatchMode=yes", "-oConnectTimeout=2", "-i", plane.privateKey];
    const pins = [`-oUserKnownHostsFile=${plane.knownHosts}`];
    const direct = await lab.run(["ssh", ...options, ...pins, "ubuntu@10.77.0.22", "true"], {
      reject: false,
    });
    expect(direct.stderr).toContain("timed out");
    const listed = await asRoot(
      "cp-b",
      'cd /etc/kubernetes && find $PWD -mindepth 1 -printf "%m %U:%G %p\\n"',
    );
    expect(listed.filter((line) => !line.includes("/manifests/")).sort()).toEqual([...files].sort());
    expect(await asRoot("cp-a", "stat -c %a /etc/kubernetes/super-admin.conf")).toEqual(["600"]);
  });

  test("keeps data as user 2001 in a directory that is a mount", async () => {
    const facts = [
      "stat -c %a:%u:%g /opt/data/var/lib/etcd /opt/data/var/lib/etcd/member/snap/db",
      "ps -o uid= -C etcd",
      "mountpoint -q /opt/data/var/lib/etcd && echo mount",
      "mv /opt/data/var/lib/etcd /opt/data/renamed 2>&1 || true",
    ].join("; ");
    expect((await asRoot("cp-c", facts)).map((line) => line.trim())).toEqual([
      "700:2001:2001",
      "600:2001:2001",
      "2001",
      "mount",
      expect.stringContaining("Device or resource busy"),
    ]);
  });

  test("outlives a machine that loses its power while its etcd is being stopped", async () => {
    const parked = "/var/lib/parked";
    const manifests = "/etc/kubernetes/manifests";
    await asRoot("cp-b", `mkdir -m 700 ${parked} && mv ${manifests}/etcd.yaml ${parked}/`);
    await lab.killMachine("cp-b");
    expect(lab.runningMachines).not.toContain("cp-b");
    await waitUntil({ what: "the other two to go on", timeoutSeconds: 60 }, async () => {
      return (await reasonAgainst(2, ["cp-a", "cp-c"])) === undefined;
    });
    await waitUntil({ what: "the address to answer", timeoutSeconds: 60 }, async () => {
      // An answer to the first try may have been lost with the machine.
      await lab.kubectl(["create", "namespace", "meanwhile"], { reject: false });
      return (await namespaces()).includes("namespace/meanwhile");
    });

    await lab.startMachine("cp-b");
    // The same host key, or this would be refused; and no etcd, whose manifest is still where it was put.
    const lock = "flock -n /opt/data/var/lib/etcd/member/snap/db echo free";
    await waitUntil({ what: "the scheduler of cp-b", timeoutSeconds: 60 }, async () => {
      return (await asRoot("cp-b", "pgrep -x kube-scheduler")).length === 1;
    });
    expect(await asRoot("cp-b", `ls ${parked}; ${lock}`)).toEqual(["etcd.yaml", "free"]);
    await asRoot("cp-b", `mv ${parked}/etcd.yaml ${manifests}/`);
    await waitUntil({ what: "all three members", timeoutSeconds: 90 }, async () => {
      return (await reasonAgainst(3)) === undefined;
    });
    const own = ["--server", "https://10.77.0.22:6443", "get", "namespace", "meanwhile", "-o", "name"];
    await waitUntil({ what: "the API server of cp-b", timeoutSeconds: 90 }, async () => {
      return (await lab.kubectl(own)).stdout === "namespace/meanwhile";
    });
  });

  test("comes back when all three were off at the same time", async () => {
    await Promise.all(machines.map((machine) => lab.killMachine(machine)));
    expect(lab.runningMachines).toEqual(["ws", "jump"]);
    await Promise.all(machines.map((machine) => lab.startMachine(machine)));
    expect((await openLab(name)).runningMachines).toEqual(lab.machines);
    await waitUntil({ what: "the cluster", timeoutSeconds: 120 }, async () => {
      return (await reasonAgainst(3)) === undefined && (await namespaces()).includes("namespace/meanwhile");
    });
  });

  test("goes without a trace, also when the lab's own memory of it is lost", async () => {
    const networks = await networksOf(await processesOf(name));
    expect(networks.length).toBeGreaterThanOrEqual(lab.machines.length);
    await rm(join(lab.directory, "lab.json"));
    await expect(openLab(name)).rejects.toThrow("There is no lab machines");
    await endLab(name);
    expect(await tracesOf(name, lab.directory, networks)).toEqual(nothing);
  });
});
