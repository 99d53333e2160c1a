import { describe, expect, it } from "vitest";
import { kubernetesVersionOf } from "../../../../components/procedure/judgements/imageVersion";
import {
  judgeKubernetes,
  kubernetesNote,
} from "../../../../components/procedure/judgements/kubernetesVersion";

const facts = (snapshot: string | undefined, servers: readonly string[], allowed?: string) => ({
  ...{ snapshot, servers, allowed },
});

describe("Kubernetes of the snapshot against the API servers'", () => {
  it.each<[string | undefined, string[]]>([
    ["v1.30.4", ["v1.30.4"]],
    ["v1.30.4-gke.100", ["v1.30.9-gke.200", "v1.30.4-gke.100"]],
    [undefined, ["v1.30.4"]],
    ["v1.30.4", []],
    ["devel", ["v1.30.4"]],
    ["v1.30.4", ["latest"]],
  ])("%s for %j passes without a word", (snapshot, servers) => {
    expect(judgeKubernetes(facts(snapshot, servers))).toBeUndefined();
    expect(kubernetesNote(facts(snapshot, servers))).toBeUndefined();
  });

  it.each<[string, string[], string]>([
    ["v1.29.6", ["v1.30.4"], "v1.30.4"],
    ["v1.31.0", ["v1.30.4"], "v1.30.4"],
    ["v1.3.0", ["v1.30.4"], "v1.30.4"],
    ["v1.30.4", ["v1.30.4", "v1.31.1"], "v1.31.1"],
  ])("%s for %j is refused, with the one override", (snapshot, servers, other) => {
    const refusal = judgeKubernetes(facts(snapshot, servers));
    expect(refusal?.kind).toBe("refused");
    expect(refusal?.message).toBe(
      `restore.snapshot: it was taken under Kubernetes ${snapshot}, the API servers are ${other}: an upgrade lies in between, which a restore does not take back`,
    );
    const minor = snapshot.slice(1, snapshot.lastIndexOf("."));
    expect(refusal?.remedy).toContain(`restore.allowKubernetesVersion ${minor}`);
    expect(judgeKubernetes(facts(snapshot, servers, minor))).toBeUndefined();
    expect(judgeKubernetes(facts(snapshot, servers, "1.99"))?.message).toMatch(/names 1.99\)$/);
    expect(kubernetesNote(facts(snapshot, servers, minor))).toMatch(
      /allowKubernetesVersion says|several versions/,
    );
  });

  it.each([
    ["registry.k8s.io/kube-apiserver:v1.36.1", "v1.36.1"],
    ["gcr.io/x/kube-apiserver-amd64:v1.29.5-gke.100@sha256:00", "v1.29.5-gke.100"],
    ["localhost:5000/kube-apiserver@sha256:00", undefined],
    ["registry.k8s.io/konnectivity:v1.2.3", undefined],
    ["", undefined],
  ])("the image %s says %s", (image, version) => {
    expect(kubernetesVersionOf(image)).toBe(version);
  });
});
