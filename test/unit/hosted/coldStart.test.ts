import { describe, expect, it } from "vitest";
import {
  type ColdStartFacts,
  judgeColdStart,
  noteColdStart,
} from "../../../components/hosted/judgements/coldStart";
import { probeNeed } from "../../../components/hosted/judgements/probes";
import type { Probe } from "../../../components/hosted/workloads/kubeWorkload";

const http = (path: string, more: Partial<Probe> = {}): Probe => ({ httpGet: { path }, ...more });
const exec = (command: string, more: Partial<Probe> = {}): Probe => ({
  exec: { command: command.split(" ") },
  ...more,
});

describe("defect 13: what a probe needs", () => {
  it.each<[string, Probe, string]>([
    ["/readyz", http("/readyz"), "quorum"],
    ["/readyz with other checks left out", http("/readyz?exclude=data_corruption"), "quorum"],
    ["/readyz without its quorum check", http("/readyz?exclude=linearizable_read"), "none"],
    [
      "/readyz with several left out",
      http("/readyz?verbose&exclude=data_corruption&exclude=linearizable_read"),
      "none",
    ],
    ["one check of /readyz", http("/readyz/linearizable_read"), "quorum"],
    ["another check of /readyz", http("/readyz/serializable_read"), "none"],
    ["/health", http("/health"), "quorum"],
    ["/health with a slash", http("/health/"), "quorum"],
    ["/health without alarms", http("/health?exclude=NOSPACE"), "quorum"],
    ["/health of the member's own", http("/health?exclude=NOSPACE&serializable=true"), "none"],
    ["/health that is not serializable", http("/health?serializable=false"), "quorum"],
    ["/livez", http("/livez"), "none"],
    ["another path", http("/metrics"), "none"],
    ["a port", {}, "none"],
    ["etcdctl endpoint health", exec("etcdctl --cacert=/a endpoint health"), "quorum"],
    [
      "inside a shell",
      {
        exec: {
          command: ["/bin/sh", "-c", "ETCDCTL_API=3 etcdctl --endpoints=https://x:2379 endpoint health"],
        },
      },
      "quorum",
    ],
    ["etcdctl endpoint status", exec("etcdctl endpoint status"), "none"],
    ["etcdctl get", exec("etcdctl get foo"), "quorum"],
    ["etcdctl get of the member's own", exec("etcdctl get foo --consistency=s"), "none"],
    ["etcdctl alarm list", exec("etcdctl alarm list"), "quorum"],
    ["curl of /health", exec("curl -sf https://127.0.0.1:2379/health"), "quorum"],
    ["curl of /livez", exec("curl -sf http://127.0.0.1:2381/livez"), "none"],
    [
      "curl of the member's own health",
      { exec: { command: ["sh", "-c", "curl -sf 'http://127.0.0.1:2381/health?serializable=true'"] } },
      "none",
    ],
    ["a test", exec("/bin/test -f /tmp/ok"), "none"],
    ["a script", exec("/opt/probe.sh"), "unknown"],
  ])("%s", (_, probe, need) => expect(probeNeed(probe)).toBe(need));
});

describe("defect 13: cannot start from zero", () => {
  const facts = (change: Partial<ColdStartFacts> = {}): ColdStartFacts => ({
    namespace: "uc1",
    statefulSet: "etcd",
    members: 3,
    orderedReady: true,
    probes: {},
    service: { name: "etcd", publishesNotReady: true },
    ...change,
  });
  const slow = { failureThreshold: 8 };

  it.each<[string, Partial<ColdStartFacts>, RegExp | undefined]>([
    ["no probes", {}, undefined],
    [
      "readiness",
      { probes: { readiness: http("/readyz") } },
      /^StatefulSet etcd: OrderedReady with a readiness probe that may need a quorum cannot start from 0/,
    ],
    ["readiness by a command", { probes: { readiness: exec("etcdctl endpoint health") } }, /readiness probe/],
    ["readiness by a script", { probes: { readiness: exec("/probe.sh") } }, /readiness probe that may need/],
    [
      "startup",
      { probes: { readiness: http("/livez"), startup: http("/health", slow) } },
      /OrderedReady with a startup probe/,
    ],
    [
      "readiness without a quorum check",
      { probes: { readiness: http("/readyz?exclude=linearizable_read") } },
      undefined,
    ],
    ["Parallel with readiness", { orderedReady: false, probes: { readiness: http("/readyz") } }, undefined],
    [
      "one member",
      { members: 1, probes: { readiness: http("/readyz"), liveness: http("/health") } },
      undefined,
    ],
    [
      "liveness that kills soon",
      { probes: { liveness: http("/health") } },
      /liveness probe needs a quorum and kills a member that waits for one after 30 s/,
    ],
    [
      "liveness that is patient",
      { probes: { liveness: http("/health", { ...slow, initialDelaySeconds: 10 }) } },
      undefined,
    ],
    [
      "liveness held back by a patient startup probe",
      { orderedReady: false, probes: { startup: http("/health", slow), liveness: http("/health") } },
      undefined,
    ],
    ["liveness of the member's own", { probes: { liveness: http("/health?serializable=true") } }, undefined],
    [
      "hidden addresses, readiness with a quorum",
      {
        orderedReady: false,
        probes: { readiness: http("/health") },
        service: { name: "etcd", publishesNotReady: false },
      },
      /^Service etcd: it publishes no address of a member that is not ready/,
    ],
    [
      "hidden addresses, readiness without",
      {
        orderedReady: false,
        probes: { readiness: http("/livez") },
        service: { name: "etcd", publishesNotReady: false },
      },
      undefined,
    ],
    [
      "readiness of a container beside etcd",
      { beside: [{ name: "backup", readinessProbe: exec("etcdctl endpoint health") }] },
      /OrderedReady with a readiness probe of container backup that may need a quorum cannot start from 0/,
    ],
    [
      "the same, members that start together, hidden addresses",
      {
        orderedReady: false,
        beside: [{ name: "backup", startupProbe: exec("etcdctl get a") }],
        service: { name: "etcd", publishesNotReady: false },
      },
      /^Service etcd: it publishes no address/,
    ],
    [
      "the same, members that start together",
      { orderedReady: false, beside: [{ name: "backup", readinessProbe: exec("etcdctl get a") }] },
      undefined,
    ],
    [
      "readiness of a container beside etcd, of its own or nobody knows of what",
      {
        beside: [
          { name: "metrics", readinessProbe: http("/readyz") },
          { name: "script", readinessProbe: exec("/probe.sh") },
          { name: "status", readinessProbe: exec("etcdctl endpoint status") },
        ],
      },
      undefined,
    ],
    [
      "no Service",
      { orderedReady: false, probes: { readiness: http("/health") }, service: undefined },
      undefined,
    ],
  ])("%s", (_, change, sentence) => {
    const refusal = judgeColdStart(facts(change));
    if (sentence === undefined) expect(refusal).toBeUndefined();
    else
      expect(refusal).toMatchObject({
        kind: "refused",
        message: expect.stringMatching(sentence),
        remedy: expect.stringMatching(/livez|publishNotReadyAddresses/),
      });
  });

  it("says it of members that start together, and lets them", () => {
    const together = facts({
      orderedReady: false,
      probes: { liveness: exec("etcdctl endpoint health", { periodSeconds: 5 }) },
    });
    expect(judgeColdStart(together)).toBeUndefined();
    expect(noteColdStart(together)).toMatch(/liveness probe needs a quorum and kills .* after 15 s/);
    expect(noteColdStart(facts())).toBeUndefined();
  });

  it("tells of a probe beside etcd that may need it", () => {
    const beside = [
      { name: "status", readinessProbe: exec("etcdctl endpoint status") },
      { name: "metrics", readinessProbe: http("/readyz") },
    ];
    expect(noteColdStart(facts({ beside }))).toBe(
      "StatefulSet etcd: OrderedReady with a readiness probe of container metrics: if that needs etcd's quorum, the members cannot start from 0",
    );
    expect(noteColdStart(facts({ beside, orderedReady: false }))).toBeUndefined();
    expect(noteColdStart(facts({ beside, members: 1 }))).toBeUndefined();
  });
});
