import { describe, expect, it } from "vitest";
import { checkConfig } from "../../../components/config/configCheck";
import { type SchedulesInput, schedulesSchema } from "../../../components/config/schedulesSchema";
import { watchProblems } from "../../../components/config/watchKind";
import { type VaultInput, vaultSettings } from "../../../vault/vaultSettings";

const channels = ["projects/backups-1/notificationChannels/7"];
const vault: VaultInput = { project: "backups-1", bucket: "etcd-vault", location: "europe-west3" };
const schedules: SchedulesInput = {
  image: "registry.example/etcd-recovery-agent:0.1.0",
  clusters: [{ name: "uc1", certificates: "kube-etcd-certs-1a2b" }],
};
const monitoring = { channels };
const watch = {};
const problems = (of: Partial<SchedulesInput>, by: Partial<VaultInput>) =>
  watchProblems(schedulesSchema.parse({ ...schedules, ...of }), vaultSettings.parse({ ...vault, ...by }));

describe("schedules and the vault that watches them", () => {
  it.each<[string, Partial<SchedulesInput>, Partial<VaultInput>]>([
    ["nothing is watched", { schedule: "weekly" }, {}],
    ["hourly backups, alerts by default", { watch }, { monitoring }],
    ["daily ones, an alert after them", { schedule: "daily", watch }, { everyMinutes: 1440, monitoring }],
    ["an objective that is met", { schedule: "hourly" }, { objectiveMinutes: 60 }],
    ["looks every hour, and silence of two", { watch: { schedule: "hourly" } }, { monitoring }],
    ["drills within their age", { watch, drill: "daily" }, { monitoring: { channels, drillDays: 2 } }],
    ["watched without alerts here", { schedule: "weekly", watch }, {}],
  ])("fit: %s", (_, of, by) => expect(problems(of, by)).toEqual([]));

  it.each<[string, Partial<SchedulesInput>, Partial<VaultInput>, string, RegExp, string]>([
    [
      "an alert that comes before each backup",
      { schedule: "daily", watch },
      { monitoring },
      "schedule",
      /every 1440 minutes, and the vault's alert comes at 120/,
      "hourly",
    ],
    [
      "an alert as old as the time between two",
      { schedule: "0 8-18 * * *", watch },
      { monitoring: { channels, ageMinutes: 840 } },
      "schedule",
      /every 840 minutes, and the vault's alert comes at 840/,
      "hourly",
    ],
    [
      "an objective that the schedule does not meet",
      { schedule: "hourly" },
      { everyMinutes: 30, objectiveMinutes: 30 },
      "schedule",
      /every 60 minutes, and vault.objectiveMinutes is 30/,
      "'*/15 * * * *'",
    ],
    [
      "alerts on what nobody writes",
      {},
      { monitoring },
      "watch",
      /nobody would write what its alerts look at/,
      "watch.schedule",
    ],
    [
      "looks too seldom for an alert",
      { watch: { schedule: "0 */2 * * *" } },
      { monitoring: { channels, silentMinutes: 1410 } },
      "watch.schedule",
      /looks every 120 minutes/,
      "'*/15 * * * *'",
    ],
    [
      "looks that are silent for as long as an alert waits",
      { watch: { schedule: "*/15 * * * *" } },
      { monitoring: { channels, silentMinutes: 20 } },
      "watch.schedule",
      /two within vault.monitoring.silentMinutes \(20\)/,
      "'*/5 * * * *'",
    ],
    [
      "drills that are never held",
      { watch },
      { monitoring: { channels, drillDays: 8 } },
      "drill",
      /is never held, and vault.monitoring.drillDays is 8/,
      "daily",
    ],
    [
      "drills that are held too seldom",
      { watch, drill: "weekly" },
      { monitoring: { channels, drillDays: 7 } },
      "drill",
      /every 7 days, and vault.monitoring.drillDays is 7/,
      "daily",
    ],
  ])("contradict: %s", (_, of, by, key, sentence, remedy) => {
    const found = problems(of, by);
    expect(found.map(({ path }) => path.join("."))).toEqual([`backup.schedules.${key}`]);
    expect(found[0]?.message).toMatch(sentence);
    expect(found[0]?.remedy).toContain(remedy);
    expect(found[0]?.remedy).toMatch(/^pulumi config set --path backup\.schedules\./);
  });

  it("are checked with the stack's configuration, with the command that mends it", () => {
    const all = { operation: "backup", cluster: "uc1", adminKubeconfig: "/k" };
    const wrong = { ...all, backup: { schedules }, vault: { ...vault, monitoring } };
    expect(() => checkConfig(wrong)).toThrow(
      /backup\.schedules\.watch: is needed with vault\.monitoring.*\. pulumi config set --path backup\.schedules\.watch\.schedule/,
    );
    const mended = { ...wrong, backup: { schedules: { ...schedules, watch: {} } } };
    expect(checkConfig(mended)).toMatchObject({
      backup: { schedules: { watch: { schedule: "*/15 * * * *" } } },
    });
  });
});
