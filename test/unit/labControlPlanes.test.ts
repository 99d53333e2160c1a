import { describe, expect, test } from "vitest";
import { disagreement, type MemberStatus } from "../../lab/clusters/controlPlaneHealth";
import { staticPods } from "../../lab/clusters/staticPods";
import type { EtcdData, LabOptions } from "../../lab/lab";
import { LabDirectory } from "../../lab/labDirectory";
import { chooseShape, shapes } from "../../lab/shapes";
import { sshArguments } from "../../lab/sshAccess";

const three = shapes.kubeadm.controlPlane;
const dataOf = (shape: keyof typeof shapes): EtcdData => ({ ...shapes[shape].etcd, isMount: false });

/** Pod of a component, and its flags. */
function podOf(component: string, pods: ReturnType<typeof staticPods>) {
  const pod = pods.find((candidate) => candidate.metadata?.labels?.component === component);
  const [container] = pod?.spec?.containers ?? [];
  return { spec: pod?.spec, container, flags: container?.command ?? [] };
}

describe("a shape", () => {
  test.each<[LabOptions, string, string[]]>([
    [{}, "hosted", ["node-a", "node-b", "node-c"]],
    [{ workers: 1 }, "hosted", ["node-a"]],
    [{ shape: "admin" }, "admin", []],
    [{ shape: "kubeadm" }, "kubeadm", []],
    [{ shape: "controlplane-v2", workers: 2 }, "controlplane-v2", ["node-a", "node-b"]],
  ])("of %j is %s with the workers %j", (options, name, workers) => {
    expect(chooseShape(options)).toEqual({ name, workers });
  });

  test.each<[LabOptions, RegExp]>([
    [{ workers: 0 }, /needs a worker.*the shape admin/s],
    [{ shape: "kubeadm", members: 3 }, /kubeadm hosts no user cluster/],
    [{ shape: "admin", cluster: "uc1" }, /admin hosts no user cluster/],
    [{ shape: "other" as "admin" }, /no shape "other".*hosted, admin, kubeadm, controlplane-v2/s],
  ])("of %j is refused", (options, sentence) => {
    expect(() => chooseShape(options)).toThrow(sentence);
  });
});

describe("the static Pods of a control plane", () => {
  test.each(["admin", "kubeadm", "controlplane-v2"] as const)(
    "of the shape %s are kubeadm's four",
    (shape) => {
      const machines = shapes[shape].controlPlane;
      const pods = staticPods(machines[0] ?? "cp-a", machines, dataOf(shape));
      expect(pods.map((pod) => [pod.metadata?.name, pod.metadata?.labels])).toEqual(
        ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"].map((name) => [
          name,
          { component: name, tier: "control-plane" },
        ]),
      );
    },
  );

  test.each([
    ["cp-a", "cp-a=https://10.77.0.21:2380", false],
    ["cp-b", "cp-a=https://10.77.0.21:2380,cp-b=https://10.77.0.22:2380", true],
    ["cp-c", "cp-a=https://10.77.0.21:2380,cp-b=https://10.77.0.22:2380,cp-c=https://10.77.0.23:2380", true],
  ] as const)("%s names the members that there were when it joined", (machine, members, joined) => {
    const { flags } = podOf("etcd", staticPods(machine, three, dataOf("kubeadm")));
    expect(flags).toContain(`--initial-cluster=${members}`);
    expect(flags.includes("--initial-cluster-state=existing")).toBe(joined);
  });

  test("keep data in the same place on the host as in the container, and as whom the shape says", () => {
    const kubeadm = podOf("etcd", staticPods("cp-b", three, dataOf("kubeadm")));
    expect(kubeadm.flags).toContain("--data-dir=/var/lib/etcd");
    expect(kubeadm.spec?.securityContext).not.toHaveProperty("runAsUser");
    const v2 = podOf("etcd", staticPods("cp-b", three, dataOf("controlplane-v2")));
    expect(v2.flags).toContain("--data-dir=/opt/data/var/lib/etcd");
    expect(v2.spec?.securityContext).toMatchObject({ runAsUser: 2001, runAsGroup: 2001 });
    expect(v2.spec?.volumes?.[0]).toEqual({
      name: "etcd-data",
      hostPath: { path: "/opt/data/var/lib/etcd", type: "DirectoryOrCreate" },
    });
    expect(v2.container?.volumeMounts?.[0]).toMatchObject({
      mountPath: "/opt/data/var/lib/etcd",
      readOnly: false,
    });
  });

  test("let each API server ask the member beside it, under an address of its own", () => {
    const { flags } = podOf("kube-apiserver", staticPods("cp-c", three, dataOf("kubeadm")));
    expect(flags).toContain("--etcd-servers=https://127.0.0.1:2379");
    expect(flags).toContain("--advertise-address=10.77.0.23");
  });
});

describe("members", () => {
  const status = (member: number, leader: number, cluster = 7): MemberStatus => ({
    Endpoint: `https://10.77.0.2${member}:2379`,
    Status: { header: { cluster_id: cluster, member_id: member }, leader },
  });
  test.each<[string, MemberStatus[], string | undefined]>([
    ["all with one leader", [status(1, 2), status(2, 2), status(3, 2)], undefined],
    ["one that does not answer", [status(1, 2), status(2, 2)], "2 of 3 members answer"],
    [
      "three clusters of one",
      [status(1, 1, 1), status(2, 2, 2), status(3, 3, 3)],
      "the members belong to different clusters",
    ],
    ["no agreement", [status(1, 2), status(2, 2), status(3, 0)], "the members do not agree on a leader"],
    ["no leader", [status(1, 0), status(2, 0), status(3, 0)], "the members do not agree on a leader"],
  ])("%s", (_, statuses, reason) => {
    expect(disagreement(statuses, 3)).toBe(reason);
  });
});

test("SSH goes by the jump host, with pinned keys on both legs and nothing of the caller's", () => {
  const argv = sshArguments(new LabDirectory("one", "/var/lib/labs"), "cp-b");
  const pinned = "-oStrictHostKeyChecking=yes -oUserKnownHostsFile=/var/lib/labs/one/ssh/known_hosts";
  expect(argv.slice(0, 4)).toEqual(["-F", "none", "-i", "/var/lib/labs/one/ssh/vsphere_tmp"]);
  expect(argv.join(" ")).toContain(pinned);
  expect(argv.at(-2)).toMatch(/^ProxyCommand=ssh -F none .* -W %h:%p ubuntu@10\.77\.0\.2$/);
  expect(argv.at(-2)).toContain(pinned);
  expect(argv.at(-1)).toBe("ubuntu@10.77.0.22");
});
