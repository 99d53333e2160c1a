import { describe, expect, it } from "vitest";
import { estimateVault } from "../../vault/estimate";
import { judgeVault } from "../../vault/judgeVault";
import { readJwks } from "../../vault/jwks";
import { planVault } from "../../vault/vaultPlan";
import { type VaultInput, vaultSettings } from "../../vault/vaultSettings";

const good: VaultInput = { project: "backups-1", bucket: "etcd-vault", location: "EUROPE-WEST3" };
const jwks = JSON.stringify({ keys: [{ kty: "RSA", kid: "a", n: "AQAB", e: "AQAB", use: "sig", x5t: "t" }] });
const federation = { issuer: "https://k", jwks, uploader: "backup/uploader" };
const channels = ["projects/backups-1/notificationChannels/7"];
const judged = (change: Partial<VaultInput>) => {
  const settings = vaultSettings.parse({ ...good, ...change });
  return judgeVault(settings, planVault(settings));
};

describe("settings of a vault", () => {
  it.each<[string, Partial<VaultInput>]>([
    ["the defaults", {}],
    [
      "tiers as long as they are charged",
      {
        tiers: [
          { class: "NEARLINE", afterDays: 30 },
          { class: "ARCHIVE", afterDays: 365 },
        ],
      },
    ],
    ["immutable without a lock", { immutable: { days: 30 } }],
    [
      "a lock that is confirmed",
      { immutable: { days: 30, lock: true, confirm: "lock etcd-vault for 30 days" } },
    ],
    ["federation", { federation: { ...federation, reader: "backup/reader", pruner: "backup/pruner" } }],
    ["a key file as the last resort", { uploaderKey: "last-resort" }],
    ["two regions", { location: "EU", regions: ["europe-west3", "EUROPE-WEST4"] }],
    ["versions instead of soft delete", { softDeleteDays: 0, versioning: true }],
    ["backups as often as wanted", { everyMinutes: 60, objectiveMinutes: 60 }],
    ["alerts at twice the time between two backups", { monitoring: { channels } }],
    ["alerts at the objective", { everyMinutes: 60, objectiveMinutes: 90, monitoring: { channels } }],
    [
      "a watcher beside alerts",
      { monitoring: { channels }, federation: { ...federation, watcher: "backup/watcher" } },
    ],
  ])("fit: %s", (_, change) => {
    expect(judged(change)).toEqual([]);
  });

  it.each<[Partial<VaultInput>, string, RegExp]>([
    [{ retention: { daily: 0 } }, "retention", /keeps nothing/],
    [{ deleteAfterDays: 100 }, "deleteAfterDays", /deletes at 100 days what the policy keeps for up to 1464/],
    [
      { retention: { daily: 7 }, deleteAfterDays: 16, immutable: { days: 30 } },
      "immutable.days",
      /immutable for 30 days, and deleted at 16/,
    ],
    [
      {
        tiers: [
          { class: "NEARLINE", afterDays: 10 },
          { class: "COLDLINE", afterDays: 20 },
        ],
      },
      "tiers[0].afterDays",
      /NEARLINE is charged for 30 days, and COLDLINE comes after 10/,
    ],
    [
      { retention: { weekly: 4 }, tiers: [{ class: "COLDLINE", afterDays: 30 }] },
      "tiers[0].afterDays",
      /COLDLINE is charged for 90 days, and deletion comes after 40/,
    ],
    [
      {
        tiers: [
          { class: "COLDLINE", afterDays: 30 },
          { class: "NEARLINE", afterDays: 300 },
        ],
      },
      "tiers[1].class",
      /NEARLINE after COLDLINE is no colder/,
    ],
    [{ everyMinutes: 120, objectiveMinutes: 60 }, "everyMinutes", /every 120 minutes loses more than the 60/],
    [{ immutable: { days: 30, lock: true } }, "immutable.confirm", /cannot be undone .* is not confirmed/],
    [
      { immutable: { days: 31, lock: true, confirm: "lock etcd-vault for 30 days" } },
      "immutable.confirm",
      /not confirmed/,
    ],
    [{ softDeleteDays: 3 }, "softDeleteDays", /0 or 7 to 90 days, not 3/],
    [{ softDeleteDays: 0 }, "softDeleteDays", /nothing brings back what is deleted/],
    [{ versioning: true, immutable: { days: 30 } }, "versioning", /not known to work together/],
    [
      { federation: { ...federation, pruner: "backup/uploader" } },
      "federation.uploader",
      /would be pruner and uploader/,
    ],
    [
      { federation: { ...federation, reader: "b/x", pruner: "b/x" } },
      "federation.reader",
      /would be pruner and reader/,
    ],
    [{ federation: { ...federation, jwks: "{}" } }, "federation.jwks", /no JSON with a list of keys/],
    [{ federation, uploaderKey: "last-resort" }, "uploaderKey", /federation is there/],
    [
      { monitoring: { channels, ageMinutes: 60 } },
      "monitoring.ageMinutes",
      /when the newest backup is 60 minutes old, and there is one every 60/,
    ],
    [
      { objectiveMinutes: 60, monitoring: { channels } },
      "monitoring.ageMinutes",
      /is 60 minutes old, and there is one every 60/,
    ],
    [
      { objectiveMinutes: 90, monitoring: { channels, ageMinutes: 120 } },
      "monitoring.ageMinutes",
      /comes at 120 minutes, when more is lost than the 90/,
    ],
    [
      { federation: { ...federation, watcher: "backup/watcher" } },
      "federation.watcher",
      /no such identity without vault.monitoring/,
    ],
    [
      { monitoring: { channels }, federation: { ...federation, watcher: "backup/uploader" } },
      "federation.watcher",
      /would be uploader and watcher/,
    ],
    [{ regions: ["EUROPE-WEST3", "EUROPE-WEST4"] }, "location", /need a continent/],
    [{ location: "EU", regions: ["EUROPE-WEST3", "EUROPE-WEST3"] }, "regions", /is one region/],
    [{ location: "EU", regions: ["EUROPE-WEST3", "US-EAST1"] }, "regions", /US-EAST1 does not lie in EU/],
  ])("contradict: %j", (change, key, sentence) => {
    const found = judged(change);
    expect(found).toHaveLength(1);
    expect(found[0]?.keys[0]).toBe(key);
    expect(found[0]?.sentence).toMatch(sentence);
    expect(found[0]?.remedy).toMatch(/^pulumi config (set|rm) --path '?vault\./);
  });

  it.each<[object, RegExp]>([
    [{ channels: [] }, /channels/],
    [{ channels: ["me@example.com"] }, /must be projects\/PROJECT\/notificationChannels\/NUMBER/],
    [{ channels, silentMinutes: 1411 }, /silentMinutes/],
    [{ channels, ageMinutes: 4 }, /ageMinutes/],
    [{ channels, threshold: 1 }, /threshold/],
  ])("of monitoring are refused: %j", (monitoring, sentence) => {
    expect(vaultSettings.safeParse({ ...good, monitoring }).error?.message).toMatch(sentence);
  });

  it("say all that is wrong at once", () => {
    expect(
      judged({ softDeleteDays: 3, everyMinutes: 120, objectiveMinutes: 60, deleteAfterDays: 1 }),
    ).toHaveLength(3);
  });

  it("lead to the bucket's own deletion at twice the longest age of the policy", () => {
    const plan = planVault(vaultSettings.parse({ ...good, retention: { yearly: 3 } }));
    expect([plan.longestAgeDays, plan.deleteAfterDays]).toEqual([1464, 2928]);
    // where backups stop, the last one is not gone with a short policy
    const short = planVault(vaultSettings.parse({ ...good, retention: { daily: 7 } }));
    expect([short.longestAgeDays, short.deleteAfterDays]).toEqual([8, 365]);
    expect(planVault(vaultSettings.parse({ ...good, location: "EU" })).keyLocation).toBe("europe");
    expect(planVault(vaultSettings.parse(good)).keyLocation).toBe("europe-west3");
  });
});

describe("public keys of a cluster", () => {
  it("are filtered to the fields that are taken", () => {
    expect(readJwks(jwks)).toEqual({
      json: JSON.stringify({ keys: [{ kty: "RSA", kid: "a", use: "sig", n: "AQAB", e: "AQAB" }] }),
    });
  });
  it.each([
    ["nonsense", /no JSON/],
    ['{"keys": []}', /no JSON with a list/],
    ['{"keys": [{"kty": "RSA", "n": "x", "e": "y", "d": "S3cret"}]}', /private key/],
    ['{"keys": [{"kty": "oct"}]}', /neither RSA nor EC/],
  ])("are refused without quoting them: %s", (text, sentence) => {
    const { problem } = readJwks(text);
    expect(problem).toMatch(sentence);
    expect(problem).not.toContain("S3cret");
  });
});

describe("an estimate", () => {
  const of = (change: Partial<VaultInput>) => {
    const settings = vaultSettings.parse({ ...good, ...change });
    return estimateVault(settings, planVault(settings));
  };
  it("counts what the policy keeps", () => {
    expect(of({ clusters: 2, megabytes: 100 })).toMatchObject({
      backups: 2 * (24 + 7 + 5 + 12 + 3),
      objects: 2 * 51 * 3,
      gigabytes: 10.2,
      softDeletedGigabytes: 144,
      rpoMinutes: 60,
    });
  });
  it("counts what cannot be removed yet, and names what drives the price first", () => {
    const { backups, drivers } = of({ immutable: { days: 30 }, softDeleteDays: 0, everyMinutes: 30 });
    expect(backups).toBe(30 * 48);
    expect(drivers[0]).toMatch(/cannot be removed before 30 days/);
  });
});
