import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { configFileSchema } from "../../automation/packaging/configFileSchema";
import { checkConfig } from "../../components/config/configCheck";
import { configKeys } from "../../components/config/configSchema";

const root = join(__dirname, "..", "..");
const schema = configFileSchema(root);
const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
const file = parse(readFileSync(join(root, "Pulumi.dev.yaml"), "utf8")) as {
  config: Record<string, unknown>;
};

const changed = (change: Record<string, unknown>) => ({ ...file, config: { ...file.config, ...change } });
const backup = {
  "etcd-recovery:operation": "backup",
  "etcd-recovery:cluster": "uc1",
  "etcd-recovery:adminKubeconfig": "/k",
  "etcd-recovery:backup": { generation: 1, directory: "/b" },
};

/** A backup stack whose vault has alerts. */
const watched = (monitoring: object = {}, watch: object = {}) => ({
  ...backup,
  "etcd-recovery:backup": {
    schedules: {
      image: "registry.example/etcd-recovery-agent:0.1.0",
      clusters: [{ name: "uc1", certificates: "kube-etcd-certs" }],
      watch: { schedule: "hourly", ...watch },
    },
  },
  "etcd-recovery:vault": {
    ...{ project: "backups-1", bucket: "etcd-vault", location: "EU" },
    monitoring: { channels: ["projects/backups-1/notificationChannels/7"], ...monitoring },
  },
});

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGHnipMRH9";
const machines = {
  "etcd-recovery:operation": "restore",
  "etcd-recovery:cluster": "admin",
  "etcd-recovery:profile": "kubeadm",
  "etcd-recovery:machines": [{ name: "cp-1", host: "10.0.0.1", hostKey }],
  "etcd-recovery:ssh": { privateKey: "(secret)" },
  "etcd-recovery:restore": { id: "a", snapshot: "/s" },
};

describe("the configuration's schema for editors", () => {
  it("takes what `pulumi config set` writes: a number as text, secrets encrypted", () => {
    expect(validate(changed({ "etcd-recovery:members": "3" })), JSON.stringify(validate.errors)).toBe(true);
    expect(validate(changed({ "etcd-recovery:members": "three" }))).toBe(false);
    const digits = { "etcd-recovery:restore": { id: 20261122, rollback: 20261121 } };
    expect(validate(changed(digits)), JSON.stringify(validate.errors)).toBe(true);
    const fenceless = { ...machines, "etcd-recovery:restore": { id: "a", snapshot: "/s", quarantine: "[]" } };
    expect(validate({ config: fenceless }), JSON.stringify(validate.errors)).toBe(true);
    const secret = { secure: "v1:nonce:text" };
    const jump = { host: "j", hostKey, privateKey: secret };
    const config = {
      ...machines,
      "etcd-recovery:ssh": { privateKey: secret, jump },
      "etcd-recovery:restore": { id: "a", snapshot: "/s", pki: { identity: secret } },
    };
    expect(validate({ config }), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ config: { ...config, "etcd-recovery:ssh": { privateKey: { plain: "k" } } } })).toBe(
      false,
    );
  });

  it("takes what the program takes", () => {
    expect(validate(file), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ config: backup }), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ config: machines }), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ config: watched() }), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ encryptionsalt: "v1:…", config: { ...backup, "gcp:project": "p" } })).toBe(true);
  });

  it.each([
    ["a wrong name", { "etcd-recovery:cluster": "Not A Name" }],
    ["an unknown key", { "etcd-recovery:clsuter": "uc1" }],
    ["a number for text", { "etcd-recovery:utilityImage": 7 }],
    ["an even too large number of members", { "etcd-recovery:members": 11 }],
    ["a wrong id", { "etcd-recovery:restore": { id: "A b", snapshot: "/s" } }],
    ["an unknown operation", { "etcd-recovery:operation": "drill" }],
    ["a key of the other operation", { "etcd-recovery:backup": { generation: 1, directory: "/b" } }],
  ])("marks %s, as the program does", (_, change) => {
    expect(validate(changed(change))).toBe(false);
    const keys = Object.entries(changed(change).config).map(([key, value]) => [key.split(":")[1], value]);
    expect(() => checkConfig(Object.fromEntries(keys))).toThrow();
  });

  it.each([
    ["a channel that is none", watched({ channels: ["me"] })],
    ["silence of more than 23.5 hours", watched({ silentMinutes: 1411 })],
    ["an unknown key of monitoring", watched({ age: 5 })],
    ["a wrong project", watched({}, { project: "A B" })],
  ])("marks %s of what is watched, as the program does", (_, config) => {
    expect(validate({ config })).toBe(false);
    const keys = Object.entries(config).map(([key, value]) => [key.split(":")[1], value]);
    expect(() => checkConfig(Object.fromEntries(keys))).toThrow();
  });

  it("has every key, described where Pulumi.yaml describes it", () => {
    const text = JSON.stringify(schema);
    for (const key of Object.keys(configKeys)) expect(text).toContain(`"etcd-recovery:${key}"`);
    expect(text).toContain("Image of the utility Pods");
  });
});
