import type { PeerCertificate } from "node:tls";
import { describe, expect, it } from "vitest";
import { checkServerName } from "../../../agent/rpc/serverName";

describe("the name of an etcd member's certificate", () => {
  it.each([
    ["kube-etcd-0.kube-etcd", "DNS:*.kube-etcd", true],
    ["KUBE-ETCD-0.kube-etcd", "DNS:localhost, DNS:*.Kube-Etcd, IP Address:127.0.0.1", true],
    ["kube-etcd-0.kube-etcd.uc1.svc", "DNS:*.kube-etcd.uc1.svc", true],
    ["kube-etcd-0.kube-etcd", "DNS:kube-etcd-0.kube-etcd", true],
    ["kube-etcd", "DNS:*.kube-etcd", false],
    ["a.kube-etcd-0.kube-etcd", "DNS:*.kube-etcd", false],
    ["kube-etcd-0.kube-etcd", "DNS:*.other", false],
    ["kube-etcd-0.kube-etcd", "DNS:*.*", false],
    ["kube-etcd-0.kube-etcd", 'DNS:"a, DNS:*.kube-etcd, b"', false],
    ["kube-etcd-0.kube-etcd", "URI:*.kube-etcd", false],
    ["kube-etcd-0.kube-etcd", "", false],
    ["10.0.0.1", "DNS:*.0.0.1", false],
  ])("%s by %s: %s", (host, subjectaltname, isIt) => {
    const certificate = { subject: { CN: "etcd" }, subjectaltname } as PeerCertificate;
    expect(checkServerName(host, certificate) === undefined).toBe(isIt);
  });
});
