import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { formerFiles } from "../../../components/nodes/pki/formerFiles";

const manifest = (...paths: readonly string[]) =>
  stringify({
    kind: "Pod",
    metadata: { name: "kube-vip" },
    spec: {
      containers: [{ name: "kube-vip" }],
      volumes: [{ name: "none", emptyDir: {} }, ...paths.map((path) => ({ name: "v", hostPath: { path } }))],
    },
  });
const said = (text: string, ...swapped: readonly string[]) =>
  formerFiles({ machine: "cp-1", beside: new Map([["kube-vip.yaml", text]]) }, swapped);

describe("static Pods that stay while files that they have mounted are swapped", () => {
  it.each<[string, string]>([
    ["/etc/kubernetes/admin.conf", "/etc/kubernetes/admin.conf"],
    ["/etc/kubernetes/pki/etcd", "/etc/kubernetes/pki"],
  ])("one with %s is named when %s was", (path, part) => {
    expect(said(manifest("/run", path), "/etc/kubernetes/kubelet.conf", part)).toEqual([
      `machine cp-1: static Pod kube-vip (kube-vip.yaml) still has the former ${path}: end its container there, and its kubelet makes it anew: sudo sh -c 'crictl stop $(crictl ps -q --name kube-vip)'`,
    ]);
  });

  it("no other is", () => {
    expect(said(manifest("/etc/kubernetes/admin.conf"), "/etc/kubernetes/super-admin.conf")).toEqual([]);
    expect(said(manifest("/etc/kubernetes/pki-other"), "/etc/kubernetes/pki")).toEqual([]);
    expect(said(manifest("/etc/kubernetes/admin.conf"))).toEqual([]);
    expect(said("notes", "/etc/kubernetes/admin.conf")).toEqual([]);
  });
});
