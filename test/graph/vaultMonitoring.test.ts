import { beforeAll, describe, expect, it } from "vitest";
import { metricNames, metrics } from "../../store/metrics/metrics";
import type { VaultInput } from "../../vault/vaultSettings";
import { type Registration, startMockEngine } from "../support/mockEngine";

const channel = "projects/backups-1/notificationChannels/7";
const good: VaultInput = { project: "backups-1", bucket: "etcd-vault", location: "europe-west3" };
const watched: VaultInput = { ...good, everyMinutes: 60, monitoring: { channels: [channel] } };
const jwks = JSON.stringify({ keys: [{ kty: "RSA", kid: "a", n: "AQAB", e: "AQAB" }] });
const federation = { issuer: "https://cluster.example", jwks };

/** Names that Google gives. */
const outputsOf = ({ type, inputs }: { type: string; inputs: Record<string, string> }) =>
  type.includes("serviceaccount/account")
    ? {
        email: `${inputs.accountId}@backups-1.iam`,
        name: `projects/backups-1/serviceAccounts/${inputs.accountId}`,
      }
    : type.includes("IAMCustomRole")
      ? { name: `projects/backups-1/roles/${inputs.roleId}` }
      : {};

async function declare(args: VaultInput) {
  const engine = await startMockEngine(outputsOf as never);
  const { BackupVault } = await import("../../vault/backupVault.js");
  const { output } = await import("@pulumi/pulumi");
  const { credentials, identities } = new BackupVault("vault", args);
  const told = await new Promise<{ credentials: object; identities: object }>((resolve) =>
    output({ credentials, identities }).apply(resolve as never),
  );
  await engine.settled();
  return { engine, told, all: engine.registrations };
}

const kindOf = ({ type }: Registration) => type.split(":").at(-1) ?? "";
const inputsOf = (all: readonly Registration[], name: string) =>
  all.find((one) => one.name === name)?.inputs as Record<string, unknown>;

/** What a policy looks at, as text: `metric comparison threshold`, or what else it is. */
function conditionsOf(all: readonly Registration[], key: string): readonly unknown[] {
  const { conditions } = inputsOf(all, `vault-alert-${key}`) as { conditions: Record<string, unknown>[] };
  return conditions;
}
const resource = 'resource.type = "generic_task" AND resource.labels.namespace = "etcd-vault"';
const filter = (metric: string, more = "") =>
  `${resource} AND metric.type = "custom.googleapis.com/${metric}"${more}`;
const complete = ' AND metric.labels.state = "complete"';
const threshold = (displayName: string, on: string, comparison: string, thresholdValue: number) => ({
  displayName,
  conditionThreshold: {
    filter: on,
    comparison,
    thresholdValue,
    aggregations: [{ alignmentPeriod: "3600s", perSeriesAligner: "ALIGN_NEXT_OLDER" }],
    duration: "0s",
    trigger: { count: 1 },
  },
});

describe("a vault that is watched", () => {
  let all: readonly Registration[];
  let own: readonly Registration[];
  let before: (name: string) => ReadonlySet<string>;
  beforeAll(async () => {
    const bare = new Set((await declare(good)).all.map(({ name }) => name));
    const { engine } = await declare(watched);
    all = engine.registrations;
    before = engine.before;
    own = all.filter(({ name }) => !bare.has(name));
    // nothing of the vault itself is another one for it
    expect(all.length - own.length).toBe(bare.size);
  });

  it("declares these resources more, and no other", () => {
    const names = own.map((one) => `${kindOf(one)} ${one.name}`).sort();
    expect(names).toEqual(
      [
        ...metricNames.map((name) => `MetricDescriptor vault-${name.replaceAll("_", "-")}`),
        ...["age", "drill", "failures", "silent", "size"].map((key) => `AlertPolicy vault-alert-${key}`),
        "Dashboard vault-dashboard",
        "Account vault-watcher",
        ...["list", "look", "tell"].map((right) => `IAMCustomRole vault-role-${right}`),
        ...["list", "look"].map((right) => `BucketIAMMember vault-watcher-${right}`),
        "IAMMember vault-watcher-tell",
      ].sort(),
    );
    for (const { parent, name } of own) expect([name, parent]).toEqual([name, "vault"]);
  });

  it("describes each metric as it is written; what was measured stays when its description goes", () => {
    for (const name of metricNames) {
      const one = own.find((registration) => registration.name === `vault-${name.replaceAll("_", "-")}`);
      expect(one?.inputs).toEqual({
        project: "backups-1",
        type: `custom.googleapis.com/${name}`,
        metricKind: "GAUGE",
        valueType: "DOUBLE",
        unit: metrics[name].unit,
        displayName: name,
        description: metrics[name].help,
        labels:
          name === "etcd_backups" ? [{ key: "state", valueType: "STRING", description: "By state." }] : [],
      });
      expect([one?.retainOnDelete, one?.protect]).toEqual([true, false]);
    }
  });

  it("gives the watcher three rights, and no snapshot", () => {
    const rights = Object.fromEntries(
      ["list", "look", "tell"].map((right) => [right, inputsOf(all, `vault-role-${right}`).permissions]),
    );
    expect(rights).toEqual({
      list: ["storage.objects.list"],
      look: ["storage.objects.get"],
      tell: ["monitoring.timeSeries.create"],
    });
    const member = "serviceAccount:etcd-d4aaaec961a3-watcher@backups-1.iam";
    expect(inputsOf(all, "vault-watcher-list")).toMatchObject({ bucket: "etcd-vault", member });
    expect(inputsOf(all, "vault-watcher-list")).not.toHaveProperty("condition");
    expect(inputsOf(all, "vault-watcher-look")).toMatchObject({
      member,
      condition: {
        expression: 'resource.name.endsWith("/manifest.json") || resource.name.endsWith(".drill.json")',
      },
    });
    const role = "projects/backups-1/roles/etcdRecovery_d4aaaec961a3_tell";
    expect(inputsOf(all, "vault-watcher-tell")).toEqual({ project: "backups-1", role, member });
  });

  it("sends every alert to the channels, with what to look at, once its metrics are known", () => {
    const policies = own.filter((one) => kindOf(one) === "AlertPolicy");
    for (const { name, inputs } of policies) {
      expect(Object.keys(inputs).sort(), name).toEqual([
        ...["alertStrategy", "combiner", "conditions", "displayName", "documentation"],
        ...["notificationChannels", "project", "severity", "userLabels"],
      ]);
      expect(inputs).toMatchObject({
        project: "backups-1",
        combiner: "OR",
        notificationChannels: [channel],
        alertStrategy: { autoClose: "604800s" },
        documentation: {
          mimeType: "text/markdown",
          content: expect.stringMatching(/Look: (etcd-recovery|kubectl) /),
        },
        displayName: expect.stringMatching(/^etcd backups in etcd-vault: /),
        userLabels: { "managed-by": "etcd-recovery" },
      });
      for (const metric of metricNames)
        expect(before(name), name).toContain(`vault-${metric.replaceAll("_", "-")}`);
    }
  });

  it("wakes somebody for age, silence, failures, a size that falls, and a drill that failed", () => {
    expect(conditionsOf(all, "age")).toEqual([
      threshold("older than 120 minutes", filter("etcd_backup_age_seconds"), "COMPARISON_GT", 7200),
      threshold("there is none", filter("etcd_backups", complete), "COMPARISON_LT", 1),
      threshold("none is verified", filter("etcd_backups_verified"), "COMPARISON_LT", 1),
    ]);
    expect(conditionsOf(all, "silent")).toEqual([
      {
        displayName: "no number for 120 minutes",
        conditionAbsent: {
          filter: filter("etcd_backups", complete),
          aggregations: [{ alignmentPeriod: "60s", perSeriesAligner: "ALIGN_NEXT_OLDER" }],
          duration: "7200s",
          trigger: { count: 1 },
        },
      },
    ]);
    expect(conditionsOf(all, "failures")).toEqual([
      threshold("corrupt or never finished", filter("etcd_backup_failures"), "COMPARISON_GT", 0),
    ]);
    expect(conditionsOf(all, "size")).toEqual([
      threshold("less than a third", filter("etcd_backup_snapshot_size_ratio"), "COMPARISON_LT", 1 / 3),
    ]);
    expect(conditionsOf(all, "drill")).toEqual([
      threshold("the newest failed", filter("etcd_backup_drill_success"), "COMPARISON_LT", 1),
    ]);
  });

  it("shows eight charts that do not overlap, each of a metric that is written", () => {
    const { dashboardJson, ...more } = inputsOf(all, "vault-dashboard");
    expect(more).toEqual({ project: "backups-1" });
    const { displayName, mosaicLayout } = JSON.parse(dashboardJson as string);
    expect(displayName).toBe("etcd backups in etcd-vault");
    const places = mosaicLayout.tiles.map(({ xPos, yPos, width, height }: Record<string, number>) => {
      expect((xPos ?? 0) + (width ?? 0)).toBeLessThanOrEqual(mosaicLayout.columns);
      return `${xPos},${yPos},${width},${height}`;
    });
    expect(new Set(places).size).toBe(8);
    const filters = mosaicLayout.tiles.map(
      (tile: {
        widget: { xyChart: { dataSets: { timeSeriesQuery: { timeSeriesFilter: { filter: string } } }[] } };
      }) => tile.widget.xyChart.dataSets[0]?.timeSeriesQuery.timeSeriesFilter.filter,
    );
    for (const one of filters) expect(metricNames.map((name) => filter(name))).toContain(one);
    expect(mosaicLayout.tiles[0].widget.xyChart.thresholds).toEqual([{ value: 7200 }]);
  });
});

describe("what a vault's monitoring is told", () => {
  it("has an age of its own, an age of drills, and logs", async () => {
    const { all } = await declare({
      ...good,
      objectiveMinutes: 1440,
      monitoring: { channels: [channel], ageMinutes: 90, silentMinutes: 1410, drillDays: 8, logs: true },
    });
    expect(conditionsOf(all, "age")[0]).toMatchObject({ conditionThreshold: { thresholdValue: 5400 } });
    expect(conditionsOf(all, "silent")[0]).toMatchObject({ conditionAbsent: { duration: "84600s" } });
    expect(conditionsOf(all, "drill")[1]).toEqual(
      threshold("none passed for 8 days", filter("etcd_backup_drill_age_seconds"), "COMPARISON_GT", 691_200),
    );
    expect(conditionsOf(all, "drill")[2]).toEqual(
      threshold(
        "none passed ever, with backups for 8 days",
        filter("etcd_backup_undrilled_seconds"),
        "COMPARISON_GT",
        691_200,
      ),
    );
    expect(conditionsOf(all, "log")).toEqual([
      {
        displayName: "a failed run in the log",
        conditionMatchedLog: {
          filter:
            'resource.type="k8s_container" AND labels."k8s-pod/app_kubernetes_io/name"="etcd-recovery-agent" AND jsonPayload.level="error" AND jsonPayload.event=~"-failed$"',
        },
      },
    ]);
    // a condition on a log must say how often it may speak
    expect(inputsOf(all, "vault-alert-log").alertStrategy).toEqual({
      autoClose: "604800s",
      notificationRateLimit: { period: "3600s" },
    });
  });

  it("comes at the objective, where there is one", async () => {
    const { all } = await declare({ ...watched, objectiveMinutes: 100 });
    expect(conditionsOf(all, "age")[0]).toMatchObject({ conditionThreshold: { thresholdValue: 6000 } });
  });

  it("lets a Pod stand for the watcher, and for nobody else", async () => {
    const subjects = { uploader: "uc1/uc1-etcd-backup", watcher: "uc1/uc1-etcd-watch" };
    const { all, told } = await declare({ ...watched, federation: { ...federation, ...subjects } });
    expect(inputsOf(all, "vault-watcher-pod")).toMatchObject({
      role: "roles/iam.workloadIdentityUser",
      serviceAccountId: "projects/backups-1/serviceAccounts/etcd-d4aaaec961a3-watcher",
      member: expect.stringMatching(/subject\/system:serviceaccount:uc1:uc1-etcd-watch$/),
    });
    expect(Object.keys(told.credentials).sort()).toEqual(["uploader", "watcher"]);
    expect(told.identities).toMatchObject({ watcher: "etcd-d4aaaec961a3-watcher@backups-1.iam" });
    expect(inputsOf(all, "vault-cluster").attributeCondition).toContain("uc1-etcd-watch");
  });
});
