import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { etcdPodOf } from "../../../components/nodes/etcdPod";
import {
  etcdOf,
  judgeAllMembers,
  judgeCopies,
  judgeDistinct,
  judgeLog,
  judgeMachines,
  judgeName,
  judgeParts,
  judgePrograms,
  noteBackOff,
  noteOthers,
  noteSkew,
} from "../../../components/nodes/judgements/machines";
import { podFile } from "../../../components/nodes/podsOfMachine";
import { portOf } from "../../../components/nodes/quarantine/nodesFence";
import { parseStaticPod, type StaticPod, storagePrefixOf } from "../../../components/nodes/staticPod";
import { kubeadm } from "../../../components/profiles/kubeadm";
import { staticPods } from "../../../lab/clusters/staticPods";

const texts = new Map(
  staticPods("admin-cp", ["admin-cp"], {
    dataDirectory: "/var/lib/etcd",
    uid: 0,
    gid: 0,
    isMount: false,
  }).map((pod) => [`${pod.metadata?.name}.yaml`, stringify(pod)]),
);
const pod = (name: string) => parseStaticPod(texts.get(name) ?? "") as StaticPod;

/** etcd's manifest with other flags and another place of its data. */
const etcdWith = (command: readonly string[], path?: string) =>
  parseStaticPod(
    stringify({
      kind: "Pod",
      metadata: { name: "etcd" },
      spec: {
        containers: [{ name: "etcd", command, volumeMounts: [{ name: "data", mountPath: "/var/lib/etcd" }] }],
        volumes: [{ name: "data", ...(path === undefined ? {} : { hostPath: { path } }) }],
      },
    }),
  ) as StaticPod;
const flags = [
  "etcd",
  "--name",
  "cp-1",
  "--data-dir=/var/lib/etcd",
  "--initial-advertise-peer-urls=https://10.0.0.1:2380",
  "--advertise-client-urls=https://10.0.0.1:2379",
];

describe("static Pods' manifests", () => {
  it("say who the member is and where the machine has its data", () => {
    expect(etcdPodOf(pod("etcd.yaml"))).toEqual({
      name: "admin-cp",
      container: "etcd",
      image: expect.stringContaining("/etcd:"),
      dataDirectory: "/var/lib/etcd",
      dataInside: "/var/lib/etcd",
      peerUrl: "https://10.77.0.10:2380",
      clientUrl: "https://10.77.0.10:2379",
      ownUrl: "https://127.0.0.1:2379",
      quota: undefined,
    });
  });

  it.each([
    [[], undefined],
    [["--etcd-prefix=/registry"], "/registry"],
    [["--etcd-prefix", "a/b/"], "/a/b"],
    [["--etcd-prefix=/"], ""],
  ])("say under which prefix an API server keeps its objects: %j", (command, prefix) => {
    expect(storagePrefixOf(etcdWith(["kube-apiserver", ...command]))).toBe(prefix);
  });

  it("may have the data elsewhere on the machine than in the container, as Controlplane V2 has", () => {
    expect(
      etcdPodOf(etcdWith([...flags, "--quota-backend-bytes=8589934592"], "/opt/data/var/lib/etcd")),
    ).toMatchObject({
      dataDirectory: "/opt/data/var/lib/etcd",
      ownUrl: "https://10.0.0.1:2379",
      quota: 8589934592n,
    });
  });

  it.each([
    ["no name", etcdWith(["etcd", ...flags.slice(3)], "/d"), "says no --name"],
    ["nothing", etcdWith(["etcd"], "/d"), /says no --name, --data-dir, --initial-advertise-peer-urls, --adv/],
    ["data that no machine keeps", etcdWith(flags), /has its data, \/var\/lib\/etcd, on no directory/],
  ])("with %s are no etcd that can be restored", (_, manifest, why) => {
    expect(etcdPodOf(manifest)).toMatch(why);
  });

  it.each(["", "not: [yaml", "kind: Service", "kind: Pod\nmetadata: {name: x}\nspec: {containers: []}"])(
    "are none: %j",
    (text) => expect(parseStaticPod(text)).toBeUndefined(),
  );

  it("are read as the kubelet reads them: the first document, the last of keys and flags, a helper beside the server", () => {
    const text = texts.get("etcd.yaml") ?? "";
    for (const other of [
      `# a\n---\n${text}---\n`,
      `${text}---\nkind: Service\n`,
      JSON.stringify(parse(text)),
    ])
      expect(etcdPodOf(parseStaticPod(other) as StaticPod)).toEqual(etcdPodOf(pod("etcd.yaml")));
    expect(parseStaticPod(`kind: Service\n${text}`)?.name).toBe("etcd");
    const twice = [...flags, "--advertise-client-urls=https://10.0.0.9:2379"];
    expect(etcdPodOf(etcdWith(twice, "/d"))).toMatchObject({ clientUrl: "https://10.0.0.9:2379" });
    const helped = parse(text);
    helped.spec.containers.unshift({ name: "helper", image: "helper:1", command: ["helper", "--name=x"] });
    expect(etcdPodOf(parseStaticPod(stringify(helped)) as StaticPod)).toEqual(etcdPodOf(pod("etcd.yaml")));
    const slashed = text.replaceAll("mountPath: /var/lib/etcd", "mountPath: /var/lib/etcd/");
    expect(etcdPodOf(parseStaticPod(slashed) as StaticPod)).toMatchObject({ dataDirectory: "/var/lib/etcd" });
  });

  it("say whether etcd keeps its log apart, by a flag or by its environment", () => {
    const apart = etcdPodOf(etcdWith([...flags, "--wal-dir=/wal"], "/d"));
    expect(apart).toMatchObject({ apart: "/wal" });
    const byEnvironment = parse(texts.get("etcd.yaml") ?? "");
    byEnvironment.spec.containers[0].env = [
      { name: "ETCD_WAL_DIR", value: "/wal" },
      { name: "X", valueFrom: {} },
    ];
    expect(etcdPodOf(parseStaticPod(stringify(byEnvironment)) as StaticPod)).toMatchObject({ apart: "/wal" });
    expect(judgeLog({ name: "cp-1", apart: "/wal" })).toMatchObject({
      code: "wal-apart",
      message: expect.stringContaining("machine cp-1: its etcd keeps /wal apart"),
    });
    expect(judgeLog({ name: "cp-1", apart: undefined })).toBeUndefined();
  });

  it.each([
    ["member/wal", "/var/lib/etcd/member/wal"],
    ["member/snap", "/var/lib/etcd/member/snap/"],
    ["member", "/var/lib/etcd/member"],
  ])("say when a volume of its own is mounted at %s", (part, mountPath) => {
    const manifest = parse(texts.get("etcd.yaml") ?? "");
    manifest.spec.containers[0].volumeMounts.push({ name: "apart", mountPath });
    manifest.spec.volumes.push({ name: "apart", hostPath: { path: "/fast" } });
    expect(etcdPodOf(parseStaticPod(stringify(manifest)) as StaticPod)).toMatchObject({
      apart: expect.stringContaining(part),
    });
  });

  it("do not take a log by its flag at its own place for one apart", () => {
    const flagged = [...flags, "--wal-dir=/var/lib/etcd/member/wal/"];
    expect(etcdPodOf(etcdWith(flagged, "/var/lib/etcd"))).toMatchObject({ apart: undefined });
    expect(etcdPodOf(pod("etcd.yaml"))).toMatchObject({ apart: undefined });
  });

  it("say where an API server answers at an address of IPv6", () => {
    const text = (texts.get("kube-apiserver.yaml") ?? "").replace(
      /(- kube-apiserver\n)/,
      "$1        - --bind-address=fd00::1\n",
    );
    const server = parseStaticPod(text) as StaticPod;
    expect(server.flag("bind-address")).toBe("fd00::1");
    const { readyz = "" } = podFile(kubeadm, "kube-apiserver.yaml", server, "/d");
    expect(readyz).toBe("https://[fd00::1]:6443/readyz");
    expect(portOf({ readyz })).toBe(6443);
  });

  it("say where an API server answers", () => {
    expect(podFile(kubeadm, "kube-apiserver.yaml", pod("kube-apiserver.yaml"), "/d")).toEqual({
      file: "kube-apiserver.yaml",
      workload: "static/kube-apiserver",
      part: "apiServers",
      container: "kube-apiserver",
      dataDirectory: undefined,
      readyz: "https://127.0.0.1:6443/readyz",
    });
    expect(podFile(kubeadm, "kube-scheduler.yaml", pod("kube-scheduler.yaml"), "/d")).toMatchObject({
      part: "controllers",
      readyz: undefined,
    });
  });

  it.each([
    "--leader-elect=false",
    "--leader-elect-resource-name=uc1-scheduler",
    "--leader-elect-resource-namespace=control",
  ])("say whether a controller renews no usual lease: %s", (flag) => {
    const text = texts.get("kube-scheduler.yaml") ?? "";
    expect(text).toContain("--leader-elect=true");
    const of = (one: string) =>
      podFile(kubeadm, "kube-scheduler.yaml", parseStaticPod(one) as StaticPod, "/d");
    expect(of(text.replace("--leader-elect=true", flag))).toMatchObject({ unelected: true });
    expect(of(text)).not.toHaveProperty("unelected");
  });
});

const machine = (name: string, more: object = {}) => ({
  ...{ machine: name, hostname: name, machineId: `id-${name}`, skewSeconds: 0, missing: [], others: [] },
  ...{ hasCrictl: true, beside: new Map<string, string>(), manifests: texts, ...more },
});

describe("judgements of machines", () => {
  it("refuses what is no control plane, or not all of one", () => {
    expect(etcdOf(machine("m", { manifests: new Map() }), kubeadm)).toMatchObject({
      code: "not-control-plane",
      message:
        "machine m: has no /etc/kubernetes/manifests/etcd.yaml: it is no control plane with stacked etcd",
    });
    const garbled = new Map([["etcd.yaml", "kind: Service"]]);
    expect(etcdOf(machine("m", { manifests: garbled }), kubeadm)).toMatchObject({ code: "etcd-unknown" });
    const partly = new Map([...texts].filter(([name]) => name !== "kube-scheduler.yaml"));
    expect(judgeParts(machine("m", { manifests: partly }), kubeadm)).toMatchObject({
      code: "manifest-absent",
      message: expect.stringContaining("has no kube-scheduler.yaml"),
    });
    expect(judgeParts(machine("m"), kubeadm)).toBeUndefined();
  });

  it("refuses a machine that is called otherwise than its member, and says how that is called", () => {
    expect(judgeName("cp-a", { name: "admin-cp" })).toMatchObject({
      remedy: expect.stringContaining("admin-cp"),
    });
    expect(judgeName("admin-cp", { name: "admin-cp" })).toBeUndefined();
  });

  it("refuses a second manifest of what is stopped, under whatever name the kubelet reads it", () => {
    const beside = new Map([
      ["etcd.yaml~", texts.get("etcd.yaml") ?? ""],
      ["kube-vip.yaml", "kind: Pod\nmetadata: {name: kube-vip}\nspec: {containers: [{name: kube-vip}]}\n"],
      ["notes", "no manifest"],
    ]);
    const refusal = judgeCopies(machine("cp-1", { beside }), kubeadm);
    expect(refusal).toMatchObject({ code: "manifest-twice", kind: "refused" });
    expect(refusal?.message).toContain("machine cp-1: /etc/kubernetes/manifests/etcd.yaml~ (etcd):");
    expect(refusal?.remedy).toBe("Move it away there: mv /etc/kubernetes/manifests/NAME /etc/kubernetes/");
    expect(judgeCopies(machine("cp-1"), kubeadm)).toBeUndefined();
  });

  it("refuses two addresses of one machine", () => {
    expect(judgeDistinct([machine("a"), machine("b")])).toBeUndefined();
    const again = machine("b", { machineId: "id-a", hostname: "a" });
    expect(judgeDistinct([machine("a"), again])).toMatchObject({ code: "machine-twice" });
  });

  it("takes machines that were cloned, and have one id, for several", () => {
    expect(judgeDistinct([machine("a"), machine("b", { machineId: "id-a" })])).toBeUndefined();
  });

  it("refuses a machine without the programs that prove its servers gone", () => {
    expect(judgePrograms(machine("a", { missing: ["flock", "ctr"] }))).toMatchObject({
      message: "machine a: has no flock, no ctr",
    });
    expect(judgePrograms(machine("a"))).toBeUndefined();
  });

  it("says where etcd may be started late", () => {
    expect(noteBackOff(machine("a"))).toBeUndefined();
    expect(noteBackOff(machine("a", { hasCrictl: false }))).toMatch(/^machine a: has no crictl: .*5 minutes/);
  });

  it("says of what is left running, and of a clock that is a minute off", () => {
    expect(noteOthers(machine("a"))).toBeUndefined();
    expect(noteOthers(machine("a", { others: ["haproxy.yaml", "kube-vip.yaml"] }))).toBe(
      "machine a: haproxy.yaml, kube-vip.yaml stay as they are: static Pods that are left running",
    );
    expect(noteSkew(machine("a", { skewSeconds: 59 }))).toBeUndefined();
    expect(noteSkew(machine("a", { skewSeconds: -7200 }))).toMatch(/clock is 7200 s behind/);
    expect(noteSkew(machine("a", { skewSeconds: 61 }))).toMatch(/clock is 61 s ahead of/);
  });

  it("refuses to leave a member of the cluster out", () => {
    expect(judgeAllMembers(["a", "b", "c"], ["c", "a", "b"])).toBeUndefined();
    expect(judgeAllMembers(["a"], [])).toBeUndefined();
    expect(judgeAllMembers(["a"], ["a", "b"])).toMatchObject({ code: "members-other" });
  });
});

describe("machines that are none that can be worked on", () => {
  const good = {
    ...{ hostname: "h", machineId: "i", skewSeconds: 0, missing: [], others: [] },
    ...{ hasCrictl: true, beside: new Map<string, string>(), manifests: texts },
  };
  const machine = (name: string, more: object = {}) => ({ ...good, machine: name, hostname: name, ...more });

  it("are all named at once, the first with its command", () => {
    const facts = [
      machine("admin-cp"),
      machine("worker", { manifests: new Map(), missing: ["flock"] }),
      machine("twin", { hostname: "admin-cp" }),
    ];
    const refusal = judgeMachines(facts, kubeadm);
    expect(refusal?.message.split("; ")).toEqual([
      "machines admin-cp and twin are one machine (admin-cp, id i)",
      "machine worker: has no /etc/kubernetes/manifests/etcd.yaml: it is no control plane with stacked etcd",
      "machine worker: has no flock",
      "machine twin: its etcd is member admin-cp",
    ]);
    expect(refusal?.remedy).toMatch(/^Name each machine of the control plane once/);
    expect(judgeMachines([machine("admin-cp")], kubeadm)).toBeUndefined();
  });
});
