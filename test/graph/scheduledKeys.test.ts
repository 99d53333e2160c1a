import { describe, expect, it } from "vitest";
import { parseAgentSettings } from "../../agent/agentSettings";
import type { SchedulesInput } from "../../components/config/schedulesSchema";
import type { MockEngine, Registration } from "../support/mockEngine";
import {
  authority,
  bucket,
  credentialsOf,
  declare,
  hosted,
  image,
  inVolume,
  kindOf,
  named,
  ofKind,
  type PodSpec,
  podOf,
  recipient,
} from "../support/schedulesScene";

const inBucket: SchedulesInput = { image, clusters: [hosted], drill: "daily", prune: {} };

const pods = (engine: MockEngine): readonly (readonly [string, PodSpec])[] =>
  engine.registrations
    .filter((one) => ["CronJob", "Job"].includes(kindOf(one)))
    .map((one) => [one.name, podOf(one)] as const);
const containerOf = ({ containers }: PodSpec) => (containers[0] ?? {}) as Record<string, object[]>;
const environmentOf = (pod: PodSpec) =>
  Object.fromEntries(
    (containerOf(pod).env as { name: string; value: string }[]).map((one) => [one.name, one.value]),
  );
const mountOf = (pod: PodSpec, name: string) =>
  (containerOf(pod).volumeMounts as { name: string; mountPath: string; readOnly?: boolean }[]).find(
    (one) => one.name === name,
  );
const settingsOf = (engine: MockEngine, name = "backups-uc1-settings") =>
  parseAgentSettings(named(engine, "ConfigMap", name).data?.["settings.json"] as string, name);

describe("schedules.probe", () => {
  const attack = async (probe: string | number) => {
    const { engine, outputs } = await declare({ ...inBucket, probe }, bucket);
    const jobs = ofKind(engine, "Job");
    expect(outputs.probes).toEqual(jobs.map(({ inputs }) => (inputs.metadata as { name: string }).name));
    return { engine, outputs, jobs };
  };

  it("attacks the bucket by a Job of the uploader's identity, which has nothing of etcd's", async () => {
    const { engine, outputs, jobs } = await attack("1");
    expect(outputs.jobs).toEqual([]);
    expect(jobs).toHaveLength(1);
    const [job] = jobs as [Registration];
    const pod = podOf(job);
    expect(pod.containers[0]?.args).toEqual(["probe", "--settings", "/etc/etcd-recovery/settings.json"]);
    expect(pod).toMatchObject({ serviceAccountName: "uc1-etcd-backup", restartPolicy: "Never" });
    expect(pod.volumes.map(({ name }) => name)).toEqual(["settings", "spool", "token", "credentials"]);
    expect(JSON.stringify(pod.volumes)).toContain('"audience":"//iam.example/uploader"');
    expect(pod.volumes[3]).toMatchObject({ configMap: { name: "uc1-etcd-backup-credentials" } });
    expect(pod.hostNetwork).toBeUndefined();
    // the backup's own policy holds for it
    const { labels } = (job.inputs.spec as { template: { metadata: { labels: object } } }).template.metadata;
    const policy = named(engine, "NetworkPolicy", "backups-uc1-backup-network");
    expect(policy.spec?.podSelector).toEqual({ matchLabels: labels });
    expect([...engine.before(job.name)]).toEqual(
      expect.arrayContaining(["backups-uc1-backup-network", "backups-uc1-backup-credentials"]),
    );
  });

  it("attacks again for another value, and for no other reason; a number is a value", async () => {
    const name = async (probe: string | number) => (await attack(probe)).outputs.probes;
    const first = await name("1");
    expect(first).toEqual([expect.stringMatching(/^uc1-etcd-probe-[0-9a-f]{8}$/)]);
    expect(await name(1)).toEqual(first);
    expect(await name("2")).not.toEqual(first);
    const { engine, outputs } = await declare(inBucket, bucket);
    expect([ofKind(engine, "Job"), outputs.probes]).toEqual([[], []]);
  });
});

describe("schedules.endpointAuthority", () => {
  const endpoint = "https://gcs.example:4443";

  it("lies beside the settings, and every Pod knows it", async () => {
    const told = {
      ...inBucket,
      endpoint,
      endpointAuthority: authority,
      generation: "1",
      probe: "1",
      watch: {},
    };
    const { engine } = await declare(told, bucket);
    const settings = ofKind(engine, "ConfigMap").filter(({ name }) => name.endsWith("settings"));
    expect(settings).toHaveLength(2);
    for (const { inputs } of settings)
      expect((inputs.data as Record<string, string>)["authority.pem"]).toBe(authority);
    expect(pods(engine)).toHaveLength(6);
    for (const [name, pod] of pods(engine)) {
      const { NODE_EXTRA_CA_CERTS, ETCD_RECOVERY_GCS_ENDPOINT } = environmentOf(pod);
      expect([name, NODE_EXTRA_CA_CERTS]).toEqual([name, "/etc/etcd-recovery/authority.pem"]);
      expect(ETCD_RECOVERY_GCS_ENDPOINT).toBe(endpoint);
      // where the file is, the settings are: one ConfigMap, mounted there
      expect(mountOf(pod, "settings")).toMatchObject({ mountPath: "/etc/etcd-recovery", readOnly: true });
    }
  });

  it("without one there is no file, and Node's own authorities hold", async () => {
    const { engine } = await declare({ ...inBucket, endpoint }, bucket);
    expect(Object.keys(named(engine, "ConfigMap", "backups-uc1-settings").data ?? {})).toEqual([
      "settings.json",
    ]);
    for (const [, pod] of pods(engine)) expect(environmentOf(pod)).not.toHaveProperty("NODE_EXTRA_CA_CERTS");
  });
});

describe("schedules.recipients and schedules.drillIdentity", () => {
  const encrypted = { ...inBucket, recipients: [recipient], watch: {}, generation: "1" };

  it("tell the agent whom to encrypt to, and give drills alone the identity", async () => {
    const { engine } = await declare(
      { ...encrypted, drillIdentity: { secret: "drill-age", field: "key" } },
      bucket,
    );
    expect(settingsOf(engine)).toMatchObject({
      recipients: [recipient],
      identityFile: "/etc/etcd-recovery-age/identity",
    });
    const now = ofKind(engine, "ConfigMap").find(({ name }) => /-backup-[0-9a-f]{8}-settings$/.test(name));
    expect(settingsOf(engine, now?.name)).toMatchObject({ recipients: [recipient] });
    const volume = {
      name: "age-identity",
      secret: { secretName: "drill-age", defaultMode: 0o440, items: [{ key: "key", path: "identity" }] },
    };
    const holders = pods(engine).filter(([, pod]) => JSON.stringify(pod).includes("drill-age"));
    expect(holders.map(([name]) => name)).toEqual(["backups-uc1-drill"]);
    const [, drill] = holders[0] as [string, PodSpec];
    expect(drill.volumes).toContainEqual(volume);
    expect(mountOf(drill, "age-identity")).toEqual({
      name: "age-identity",
      mountPath: "/etc/etcd-recovery-age",
      readOnly: true,
    });
    // everyone else has no trace of it
    for (const [name, pod] of pods(engine).filter(([one]) => one !== "backups-uc1-drill"))
      expect([name, mountOf(pod, "age-identity")]).toEqual([name, undefined]);
  });

  it("the identity's field has a name by default, and no identity is needed where nothing is drilled", async () => {
    const drilled = await declare({ ...encrypted, drillIdentity: { secret: "drill-age" } }, bucket);
    expect(JSON.stringify(pods(drilled.engine))).toContain('"items":[{"key":"identity","path":"identity"}]');
    const { drill: _, ...undrilled } = encrypted;
    const { engine } = await declare(undrilled, bucket);
    expect(settingsOf(engine).recipients).toEqual([recipient]);
    expect(settingsOf(engine).identityFile).toBeUndefined();
  });

  it("without recipients nothing is encrypted", async () => {
    expect(settingsOf((await declare(inBucket, bucket)).engine).recipients).toBeUndefined();
  });
});

describe("schedules.watch", () => {
  const watched = { ...inBucket, watch: {} };
  const more = { ...bucket, monitoringProject: "backups-1" };

  it("looks into the store by the watcher's identity, every quarter of an hour, without etcd's certificate", async () => {
    const { engine, outputs } = await declare(watched, more);
    const [job] = ofKind(engine, "CronJob").filter(({ name }) => name === "backups-uc1-watch") as [
      Registration,
    ];
    expect(job.inputs.spec).toMatchObject({ schedule: "*/15 * * * *", concurrencyPolicy: "Forbid" });
    const pod = podOf(job);
    expect(pod.containers[0]?.args).toEqual(["watch", "--settings", "/etc/etcd-recovery/settings.json"]);
    expect(pod.serviceAccountName).toBe("uc1-etcd-watch");
    expect(pod.volumes.map(({ name }) => name)).toEqual(["settings", "spool", "token", "credentials"]);
    const file = named(engine, "ConfigMap", "backups-uc1-watch-credentials");
    expect(file.data?.["credentials.json"]).toBe(credentialsOf("watcher"));
    expect(settingsOf(engine).monitoring).toEqual({ project: "backups-1" });
    const egress = named(engine, "NetworkPolicy", "backups-uc1-watch-network").spec?.egress;
    expect(JSON.stringify(egress)).not.toContain("2379");
    expect(egress).toContainEqual({ ports: [{ protocol: "TCP", port: 443 }] });
    expect(outputs.tasks).toContainEqual(
      expect.objectContaining({ task: "watch", cronJob: "uc1-etcd-watch" }),
    );
  });

  it("writes to a project of its own, or to none: the log has the numbers then", async () => {
    const own = await declare({ ...watched, watch: { project: "watching-1" } }, more);
    expect(settingsOf(own.engine).monitoring).toEqual({ project: "watching-1" });
    const none = await declare({ ...inVolume, watch: { schedule: "hourly" } });
    expect(settingsOf(none.engine).monitoring).toBeUndefined();
    expect(ofKind(none.engine, "CronJob").map(({ name }) => name)).toContain("backups-uc1-watch");
    // where nobody looks, nobody is told where to write
    expect(settingsOf((await declare(inBucket, more)).engine).monitoring).toBeUndefined();
  });
});

it.each<[string, number]>([
  ["hourly", 60],
  ["0 8-18 * * 1-5", 3720],
])("says how much work may be lost with %s: %d minutes", async (schedule, minutes) => {
  expect((await declare({ ...inVolume, schedule })).outputs.rpoMinutes).toBe(minutes);
});

it.each<[string, SchedulesInput, object, string]>([
  [
    "an attack on a claim",
    { ...inVolume, probe: 1 },
    {},
    "schedules.probe attacks a bucket, and there is none",
  ],
  ["an attack without a value", { ...inBucket, probe: "" }, bucket, "schedules.probe must not be empty"],
  [
    "an authority that is no PEM",
    { ...inBucket, endpointAuthority: "MIIB" },
    bucket,
    "endpointAuthority must be PEM",
  ],
  [
    "drills of what they cannot open",
    { ...inBucket, recipients: [recipient] },
    bucket,
    "schedules.drillIdentity is needed: drills open what is encrypted",
  ],
  ["a key for a recipient", { ...inBucket, recipients: ["AGE-SECRET-KEY-1X"] }, bucket, "must be age1"],
  ["no recipients at all", { ...inBucket, recipients: [] }, bucket, "schedules.recipients"],
  [
    "a Secret's wrong name",
    { ...inBucket, drillIdentity: { secret: "Not_One" } },
    bucket,
    "schedules.drillIdentity.secret must be a Kubernetes name",
  ],
  [
    "Cloud Monitoring beside a claim",
    { ...inVolume, watch: { project: "watching-1" } },
    {},
    "schedules.watch.project needs a bucket",
  ],
  ["a day that there is not", { ...inVolume, schedule: "0 0 30 2 *" }, {}, "schedules.schedule names no day"],
])("refuses %s in its sentence", async (_, schedules, more, sentence) => {
  const { ScheduledBackups } = await import("../../components/backup/schedule/scheduledBackups.js");
  expect(() => new ScheduledBackups("backups", { schedules, ...more })).toThrow(sentence);
});
