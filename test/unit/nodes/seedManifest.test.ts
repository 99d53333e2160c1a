import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { etcdPodOf } from "../../../components/nodes/etcdPod";
import type { NodesMember } from "../../../components/nodes/nodesContext";
import { seedManifest } from "../../../components/nodes/seedManifest";
import { parseStaticPod, type StaticPod } from "../../../components/nodes/staticPod";
import type { Seed } from "../../../components/procedure/memberRepair";
import { kubeadm } from "../../../components/profiles/kubeadm";
import { staticPods } from "../../../lab/clusters/staticPods";

const seed: Seed = {
  directory: "member.seed-r1",
  initialCluster: "cp-a=https://10.0.0.1:2380,cp-b=https://10.0.0.2:2380",
  peerUrl: "https://10.0.0.2:2380",
};
const [etcd] = staticPods("cp-b", ["cp-b"], {
  ...{ dataDirectory: "/var/lib/etcd", uid: 0, gid: 0, isMount: false },
}).filter((pod) => pod.metadata?.name === "etcd");
if (etcd === undefined) throw new Error("the lab's control plane has no etcd");

interface Made {
  readonly metadata: object;
  readonly spec: {
    readonly containers: readonly { readonly command: readonly string[]; readonly [key: string]: unknown }[];
    readonly [key: string]: unknown;
  };
}
const made = (text: string): Made => {
  const member = etcdPodOf(parseStaticPod(text) as StaticPod) as NodesMember;
  return JSON.parse(seedManifest(text, kubeadm.etcd, member, seed, "17"));
};
const flagsOf = ({ spec }: Made) => spec.containers.flatMap(({ command }) => command);

describe("the static Pod of a seed", () => {
  it("is the member's own but for what it runs: once, beside it, under another name", () => {
    const own = JSON.parse(JSON.stringify(etcd));
    const { metadata, spec } = made(stringify(etcd));
    expect(metadata).toEqual({ name: "etcd-recovery-seed-17", namespace: "kube-system" });
    const { containers, ...pod } = spec;
    const { containers: ownContainers, ...ownPod } = own.spec;
    expect(pod).toEqual({ ...ownPod, restartPolicy: "Never", terminationGracePeriodSeconds: 10 });
    expect(pod.hostNetwork).toBe(true);
    expect(containers).toHaveLength(1);
    const [{ image, volumeMounts, imagePullPolicy, securityContext }] = ownContainers;
    expect(containers[0]).toEqual({
      ...{ name: "etcd-recovery-seed", image, volumeMounts, imagePullPolicy, securityContext },
      command: expect.any(Array),
    });
  });

  it("listens on loopback alone, on a directory of its own, with the member's own certificates", () => {
    expect(flagsOf(made(stringify(etcd)))).toEqual([
      "etcd",
      "--name=cp-b",
      "--data-dir=/var/lib/etcd/member.seed-r1",
      "--initial-cluster-state=existing",
      `--initial-cluster=${seed.initialCluster}`,
      `--initial-advertise-peer-urls=${seed.peerUrl}`,
      expect.stringMatching(/^--advertise-client-urls=https:/),
      "--listen-peer-urls=https://127.0.0.1:0",
      "--listen-client-urls=https://127.0.0.1:0",
      "--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt",
      "--cert-file=/etc/kubernetes/pki/etcd/server.crt",
      "--key-file=/etc/kubernetes/pki/etcd/server.key",
      "--client-cert-auth",
      "--peer-trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt",
      "--peer-cert-file=/etc/kubernetes/pki/etcd/peer.crt",
      "--peer-key-file=/etc/kubernetes/pki/etcd/peer.key",
      "--peer-client-cert-auth",
      "--quota-backend-bytes=-1",
      "--snapshot-count=1000000000",
    ]);
  });

  it("takes nothing of the member's container that would be beside the point: probes, limits, its flags' variables", () => {
    const text = stringify({
      kind: "Pod",
      metadata: { name: "etcd", labels: { component: "etcd" }, annotations: { "kubeadm.io/x": "1" } },
      spec: {
        initContainers: [{ name: "first", image: "x" }],
        priorityClassName: "system-node-critical",
        containers: [
          {
            ...{ name: "etcd", image: "etcd:3", command: ["/bin/sh", "-c"] },
            args: [
              "exec /opt/etcd --name cp-b --data-dir /data/etcd --cert-file /pki/s.crt --key-file=/pki/s.key --initial-advertise-peer-urls=https://10.0.0.2:2380 --advertise-client-urls=https://10.0.0.2:2379",
            ],
            env: [
              { name: "ETCD_TRUSTED_CA_FILE", value: "/pki/ca.crt" },
              { name: "ETCD_UNSUPPORTED_ARCH", value: "arm64" },
              { name: "GODEBUG", value: "x509sha1=1" },
              { name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
            ],
            resources: { requests: { cpu: "100m" } },
            livenessProbe: { periodSeconds: 1 },
            securityContext: { runAsUser: 2001 },
            volumeMounts: [{ name: "data", mountPath: "/data" }],
          },
          { name: "beside", image: "y" },
        ],
        volumes: [{ name: "data", hostPath: { path: "/srv" } }],
      },
    });
    const manifest = made(text);
    expect(manifest.metadata).toEqual({ name: "etcd-recovery-seed-17", namespace: "kube-system" });
    expect(manifest.spec).toEqual({
      ...{ priorityClassName: "system-node-critical", restartPolicy: "Never" },
      terminationGracePeriodSeconds: 10,
      volumes: [{ name: "data", hostPath: { path: "/srv" } }],
      containers: [
        {
          ...{ name: "etcd-recovery-seed", image: "etcd:3", securityContext: { runAsUser: 2001 } },
          volumeMounts: [{ name: "data", mountPath: "/data" }],
          env: [
            { name: "ETCD_UNSUPPORTED_ARCH", value: "arm64" },
            { name: "GODEBUG", value: "x509sha1=1" },
            { name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
          ],
          command: expect.arrayContaining([
            ...["etcd", "--data-dir=/data/etcd/member.seed-r1", "--trusted-ca-file=/pki/ca.crt"],
            ...["--cert-file=/pki/s.crt", "--key-file=/pki/s.key", "--peer-cert-file=/pki/s.crt"],
          ]),
        },
      ],
    });
  });
});
