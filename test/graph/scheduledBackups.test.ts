import { describe, expect, it } from "vitest";
import { parseAgentSettings } from "../../agent/agentSettings";
import type { SchedulesInput } from "../../components/config/schedulesSchema";
import type { Registration } from "../support/mockEngine";
import {
  bucket,
  credentialsOf,
  declare,
  everything,
  hosted,
  image,
  inVolume,
  kindOf,
  named,
  ofKind,
  podOf,
} from "../support/schedulesScene";

type Policy = (resource: Registration) => void;
const nothing: Policy = () => undefined;
const isCalm: Policy = (resource) => {
  const pod = podOf(resource);
  expect(pod).toMatchObject({
    ...{ automountServiceAccountToken: false, enableServiceLinks: false, restartPolicy: "Never" },
    securityContext: { seccompProfile: { type: "RuntimeDefault" } },
    serviceAccountName: expect.stringMatching(/^(uc1|admin)-etcd-(backup|drill|prune|watch)$/),
    activeDeadlineSeconds: expect.any(Number),
  });
  for (const field of ["hostPID", "hostIPC", "initContainers", "ephemeralContainers"])
    expect(pod[field]).toBeUndefined();
  expect(pod.containers).toHaveLength(1);
  for (const container of pod.containers) {
    expect(container).toMatchObject({
      image,
      resources: {
        requests: { cpu: expect.any(String), memory: expect.any(String) },
        limits: {
          cpu: expect.any(String),
          memory: expect.any(String),
          "ephemeral-storage": expect.any(String),
        },
      },
      securityContext: {
        ...{ allowPrivilegeEscalation: false, privileged: false, readOnlyRootFilesystem: true },
        capabilities: { drop: ["ALL"] },
      },
    });
    expect((container.securityContext as { capabilities: object }).capabilities).not.toHaveProperty("add");
    expect(container.envFrom).toBeUndefined();
    // what is in the environment is plain text, and none of it a secret's
    for (const one of container.env as Record<string, unknown>[]) {
      expect(Object.keys(one).sort()).toEqual(["name", "value"]);
      expect([
        ...["TMPDIR", "GOOGLE_APPLICATION_CREDENTIALS", "ETCD_RECOVERY_GCS_ENDPOINT"],
        "NODE_EXTRA_CA_CERTS",
      ]).toContain(one.name);
    }
    const writable = (container.volumeMounts as { name: string; readOnly?: boolean }[])
      .filter(({ readOnly }) => readOnly !== true)
      .map(({ name }) => name);
    for (const name of writable) expect(["spool", "store"]).toContain(name);
  }
  for (const { emptyDir, hostPath } of pod.volumes) {
    if (emptyDir !== undefined) expect(emptyDir).toHaveProperty("sizeLimit");
    if (hostPath !== undefined) {
      expect(resource.name).toMatch(/^backups-admin-backup/);
      expect(hostPath).toMatchObject({
        type: "File",
        path: expect.stringMatching(
          /^\/etc\/kubernetes\/pki\/etcd\/(ca\.crt|healthcheck-client\.(crt|key))$/,
        ),
      });
    }
  }
};
const isPunctual: Policy = ({ inputs }) =>
  expect(inputs.spec).toMatchObject({
    ...{ concurrencyPolicy: "Forbid", timeZone: "Etc/UTC", startingDeadlineSeconds: 600 },
    ...{ successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 5 },
    jobTemplate: { spec: { backoffLimit: 1, activeDeadlineSeconds: 4200 } },
  });

/** Every kind that may be there, and what must hold of each. */
const policies: Readonly<Record<string, readonly Policy[]>> = {
  ScheduledBackups: [nothing],
  ServiceAccount: [({ inputs }) => expect(inputs.automountServiceAccountToken).toBe(false)],
  ConfigMap: [
    ({ inputs }) =>
      expect(JSON.stringify(inputs)).not.toMatch(/private_?key|PRIVATE KEY|password|"token"|client_secret/i),
  ],
  NetworkPolicy: [
    ({ inputs }) => {
      expect(inputs.spec).toMatchObject({ policyTypes: ["Ingress", "Egress"] });
      expect(inputs.spec).not.toHaveProperty("ingress");
      for (const rule of (inputs.spec as { egress: { ports: object[] }[] }).egress)
        expect(rule.ports.length).toBeGreaterThan(0);
    },
  ],
  CronJob: [isCalm, isPunctual],
  Job: [isCalm],
};

describe("ScheduledBackups", () => {
  it.each([
    ["into a claim", inVolume, {}],
    ["into a bucket, with all that there is", everything, bucket],
  ])("holds every policy over every resource: %s", async (_, schedules, more) => {
    const { engine } = await declare(schedules, more);
    expect(engine.registrations.length).toBeGreaterThan(4);
    for (const resource of engine.registrations) {
      const held = policies[kindOf(resource)];
      expect(held, `${resource.type} has no policy`).toBeDefined();
      for (const policy of held ?? []) policy(resource);
    }
  });

  it("declares for one hosted cluster what takes its backups into a claim, and no more", async () => {
    const { engine, outputs } = await declare(inVolume);
    expect(engine.registrations.map((one) => `${kindOf(one)} ${one.name}`).sort()).toEqual([
      "ConfigMap backups-uc1-settings",
      "CronJob backups-uc1-backup",
      "NetworkPolicy backups-uc1-backup-network",
      "ScheduledBackups backups",
      "ServiceAccount backups-uc1-backup-account",
    ]);
    for (const { name, parent } of engine.registrations.filter((one) => one.name !== "backups"))
      expect([name, parent]).toEqual([name, "backups"]);
    const [task] = outputs.tasks as [Record<string, string>];
    expect(task).toMatchObject({ namespace: "uc1", cronJob: "uc1-etcd-backup" });
    expect(task.schedule).toMatch(/^[0-5]?\d \* \* \* \*$/);
    expect(outputs).toMatchObject({ location: "/store/backups", jobs: [] });
    const spec = named(engine, "NetworkPolicy", "backups-uc1-backup-network").spec;
    expect(spec?.egress).toEqual([
      { to: [{ podSelector: {} }], ports: [{ protocol: "TCP", port: 2379 }] },
      {
        ports: [
          { protocol: "UDP", port: 53 },
          { protocol: "TCP", port: 53 },
        ],
      },
    ]);
  });

  it("gives the agent settings that it takes", async () => {
    const { engine } = await declare(everything, bucket);
    const settings = ofKind(engine, "ConfigMap").filter(({ name }) => name.endsWith("settings"));
    const names = settings.map(({ name }) => name.replace(/[0-9a-f]{8}/, "DIGEST")).sort();
    expect(names).toEqual([
      "backups-admin-backup-DIGEST-settings",
      "backups-admin-settings",
      "backups-uc1-backup-DIGEST-settings",
      "backups-uc1-settings",
    ]);
    for (const { inputs, name } of settings) {
      const text = (inputs.data as Record<string, string>)["settings.json"] ?? "";
      const told = parseAgentSettings(text, name);
      expect(told).toMatchObject({ store: "gs://vault/etcd", spool: "/spool", keep: "hourly=24,daily=7" });
      expect(told.generation).toBe(/-backup-/.test(name) ? "now-1" : undefined);
    }
    const uc1 = JSON.parse(
      named(engine, "ConfigMap", "backups-uc1-settings").data?.["settings.json"] as string,
    );
    expect(uc1.members).toEqual(
      [0, 1, 2].map((n) => ({ name: `kube-etcd-${n}`, url: `https://kube-etcd-${n}.kube-etcd:2379` })),
    );
  });

  it("gives each task an identity of its own, and a token for nothing else", async () => {
    const { engine } = await declare(everything, bucket);
    for (const [task, role] of [
      ["backup", "uploader"],
      ["drill", "reader"],
      ["prune", "pruner"],
      ["watch", "watcher"],
    ] as const) {
      const file = named(engine, "ConfigMap", `backups-uc1-${task}-credentials`);
      expect(file.data?.["credentials.json"]).toBe(credentialsOf(role));
      const job = ofKind(engine, "CronJob").find(
        ({ name }) => name === `backups-uc1-${task}`,
      ) as Registration;
      const pod = podOf(job);
      expect(pod.serviceAccountName).toBe(`uc1-etcd-${task}`);
      expect(pod.volumes).toContainEqual({
        name: "token",
        projected: {
          defaultMode: 0o440,
          sources: [
            {
              serviceAccountToken: {
                path: "token",
                audience: `//iam.example/${role}`,
                expirationSeconds: 3600,
              },
            },
          ],
        },
      });
      // nobody but who asks etcd has its certificate
      expect(pod.volumes.some(({ name }) => name === "certificates")).toBe(task === "backup");
      expect(engine.before(job.name)).toContain(`backups-uc1-${task}-network`);
    }
  });

  it("runs beside etcd on its machines, with three files of theirs, and root without a power", async () => {
    const { engine } = await declare(everything, bucket);
    const job = ofKind(engine, "CronJob").find(({ name }) => name === "backups-admin-backup") as Registration;
    const pod = podOf(job);
    expect(pod).toMatchObject({
      ...{ hostNetwork: true, nodeSelector: { "node-role.kubernetes.io/control-plane": "" } },
      securityContext: { runAsUser: 0 },
    });
    expect(pod.volumes.filter(({ hostPath }) => hostPath !== undefined)).toHaveLength(3);
    // no policy reaches a Pod on its machine's network
    expect(named(engine, "NetworkPolicy", "backups-admin-backup-network")).toBeUndefined();
    const others = ofKind(engine, "CronJob").filter(({ name }) => name !== "backups-admin-backup");
    expect(others).toHaveLength(7);
    for (const other of others) {
      expect(podOf(other).hostNetwork).toBeUndefined();
      expect(podOf(other).securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65532 });
    }
  });

  it("takes a backup at once for a generation: another value is another Job", async () => {
    const jobs = async (generation: string) => {
      const { engine, outputs } = await declare({ ...inVolume, generation });
      const names = ofKind(engine, "Job").map(({ inputs }) => (inputs.metadata as { name: string }).name);
      expect(outputs.jobs).toEqual(names);
      return names;
    };
    const [first] = await jobs("1");
    expect(first).toMatch(/^uc1-etcd-backup-[0-9a-f]{8}$/);
    expect(await jobs("1")).toEqual([first]);
    expect(await jobs("2")).not.toEqual([first]);
  });

  it.each<[string, SchedulesInput, object, string]>([
    ["no place", { image, clusters: [hosted] }, {}, "schedules.volume is needed"],
    ["two places", inVolume, { store: "gs://vault" }, "one place for backups too many"],
    ["two clusters of one name", { ...inVolume, clusters: [hosted, hosted] }, {}, "different names"],
    ["a pruner without a policy", { ...inVolume, prune: {} }, {}, "schedules.prune.keep is needed"],
    ["a policy that keeps nothing", { ...inVolume, prune: { keep: "hourly=0" } }, {}, "it keeps nothing"],
    ["an image without a tag", { ...inVolume, image: "agent" }, {}, "image must be an image with a tag"],
    ["the image latest", { ...inVolume, image: "a/agent:latest" }, {}, "nobody knows what runs then"],
    ["a line of cron that is none", { ...inVolume, schedule: "61 * * * *" }, {}, 'has "61" for the minute'],
    [
      "credentials without a bucket",
      { ...inVolume, credentials: { uploader: "{}" } },
      {},
      "are for a bucket",
    ],
    ["a long name", { ...inVolume, clusters: [{ ...hosted, name: "a".repeat(41) }] }, {}, "clusters.0"],
  ])("refuses %s in its sentence", async (_, schedules, more, sentence) => {
    const { ScheduledBackups } = await import("../../components/backup/schedule/scheduledBackups.js");
    expect(() => new ScheduledBackups("backups", { schedules, ...more })).toThrow(sentence);
  });
});
