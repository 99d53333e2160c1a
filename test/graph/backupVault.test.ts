import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { VaultInput } from "../../vault/vaultSettings";
import { type MockEngine, type Registration, startMockEngine } from "../support/mockEngine";

const good: VaultInput = { project: "backups-1", bucket: "etcd-vault", location: "europe-west3" };
const jwks = JSON.stringify({ keys: [{ kty: "RSA", kid: "a", n: "AQAB", e: "AQAB", x5t: "t" }] });
const federation = {
  ...{ issuer: "https://cluster.example", jwks },
  ...{ uploader: "backup/uploader", reader: "backup/reader", pruner: "backup/pruner" },
};

/** Names that Google gives. */
function outputsOf({
  type,
  name,
  inputs,
}: {
  type: string;
  name: string;
  inputs: Record<string, string>;
}): Record<string, string> {
  if (type === "gcp:serviceaccount/account:Account")
    return {
      email: `${inputs.accountId}@backups-1.iam`,
      name: `projects/backups-1/serviceAccounts/${inputs.accountId}`,
    };
  if (type === "gcp:iam/workloadIdentityPool:WorkloadIdentityPool") return { name: "projects/7/pools/p" };
  if (type === "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider")
    return { name: "projects/7/pools/p/providers/cluster" };
  if (type === "gcp:projects/iAMCustomRole:IAMCustomRole")
    return { name: `projects/backups-1/roles/${inputs.roleId}` };
  if (type === "gcp:serviceaccount/key:Key") return { privateKey: "S3cretKey" };
  return name === "" ? {} : {};
}

interface Declared {
  readonly engine: MockEngine;
  readonly vault: Record<string, unknown>;
}

async function declare(args: VaultInput): Promise<Declared> {
  const engine = await startMockEngine(outputsOf as never);
  const { BackupVault } = await import("../../vault/backupVault.js");
  const { location, identities, credentials, estimate, deleteAfterDays, uploaderKey } = new BackupVault(
    "vault",
    args,
  );
  const all = { location, identities, credentials, estimate, deleteAfterDays };
  const vault = await new Promise<Record<string, unknown>>((resolve) => pulumi.output(all).apply(resolve));
  await engine.settled();
  return {
    engine,
    vault: { ...vault, isSecret: await (uploaderKey as unknown as { isSecret: Promise<boolean> }).isSecret },
  };
}

type Policy = (resource: Registration) => void;
const isKept: Policy = ({ name, protect, retainOnDelete }) =>
  expect([name, protect, retainOnDelete]).toEqual([name, true, true]);
const isLabelled: Policy = ({ inputs }) =>
  expect(inputs.labels).toMatchObject({ "managed-by": "etcd-recovery" });

/** What may be granted, and to whom; the whole of it. */
const permissions: Readonly<Record<string, readonly string[]>> = {
  "vault-role-create": ["storage.objects.create"],
  "vault-role-read": ["storage.objects.get", "storage.objects.list"],
  "vault-role-drills": ["storage.objects.create"],
  "vault-role-prune": ["storage.objects.delete", "storage.objects.list"],
  "vault-role-manifests": ["storage.objects.get"],
};
const grants: Readonly<Record<string, readonly [member: string, role: string, condition?: string]>> = {
  "vault-uploader-create": ["etcd-d4aaaec961a3-uploader", "create"],
  "vault-reader-read": ["etcd-d4aaaec961a3-reader", "read"],
  "vault-reader-drills": ["etcd-d4aaaec961a3-reader", "drills", 'resource.name.endsWith(".drill.json")'],
  "vault-pruner-prune": ["etcd-d4aaaec961a3-pruner", "prune"],
  "vault-pruner-manifests": [
    "etcd-d4aaaec961a3-pruner",
    "manifests",
    'resource.name.endsWith("/manifest.json") || resource.name.endsWith(".drill.json")',
  ],
};

/** The closed list: a resource of another type has no policy, and fails. */
const policies: Readonly<Record<string, readonly Policy[]>> = {
  "etcd-recovery:index:BackupVault": [({ parent }) => expect(parent).toBeUndefined()],
  "gcp:kms/keyRing:KeyRing": [isKept],
  "gcp:kms/cryptoKey:CryptoKey": [
    isKept,
    isLabelled,
    ({ inputs }) => {
      expect(Number.parseInt(String(inputs.rotationPeriod), 10)).toBeLessThanOrEqual(3650 * 86_400);
      expect(inputs).toMatchObject({ purpose: "ENCRYPT_DECRYPT", destroyScheduledDuration: "2592000s" });
    },
  ],
  "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": [
    isKept,
    ({ inputs }) => {
      expect(inputs.role).toBe("roles/cloudkms.cryptoKeyEncrypterDecrypter");
      expect(inputs.member).toMatch(/^serviceAccount:/);
    },
  ],
  "gcp:storage/bucket:Bucket": [
    isKept,
    isLabelled,
    ({ inputs }) => {
      expect(inputs).toMatchObject({
        uniformBucketLevelAccess: true,
        publicAccessPrevention: "enforced",
        forceDestroy: false,
      });
      expect((inputs.encryption as { defaultKmsKeyName: string }).defaultKmsKeyName).toBe("vault-key-id");
      const deleting = (
        inputs.lifecycleRules as { action: { type: string }; condition: { age?: number } }[]
      ).filter(({ action }) => action.type === "Delete");
      for (const { condition } of deleting.filter((rule) => rule.condition.age !== undefined))
        expect(condition.age).toBeGreaterThanOrEqual(16);
    },
  ],
  "gcp:serviceaccount/account:Account": [
    ({ inputs }) => expect(inputs.accountId).toMatch(/^[a-z][-a-z0-9]{4,28}[a-z0-9]$/),
  ],
  "gcp:projects/iAMCustomRole:IAMCustomRole": [
    ({ name, inputs }) => expect(inputs.permissions).toEqual(permissions[name]),
    ({ inputs }) => expect(inputs.roleId).toMatch(/^[a-zA-Z0-9_.]{3,64}$/),
  ],
  "gcp:storage/bucketIAMMember:BucketIAMMember": [
    ({ name, inputs }) => {
      const [member, role, condition] = grants[name] ?? [];
      expect(inputs.member).toBe(`serviceAccount:${member}@backups-1.iam`);
      expect(inputs.role).toBe(`projects/backups-1/roles/etcdRecovery_d4aaaec961a3_${role}`);
      expect((inputs.condition as { expression: string } | undefined)?.expression).toBe(condition);
    },
  ],
  "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": [
    ({ inputs }) => expect(inputs.workloadIdentityPoolId).toMatch(/^[-a-z0-9]{4,32}$/),
  ],
  "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": [
    ({ inputs }) => {
      expect(inputs.attributeMapping).toEqual({ "google.subject": "assertion.sub" });
      expect(inputs.attributeCondition).toMatch(/^assertion.sub in \["system:serviceaccount:backup:/);
      const { jwksJson } = inputs.oidc as { jwksJson: string };
      expect(Object.keys(JSON.parse(jwksJson).keys[0]).sort()).toEqual(["e", "kid", "kty", "n"]);
    },
  ],
  "gcp:serviceaccount/iAMMember:IAMMember": [
    ({ name, inputs }) => {
      const role = name.split("-")[1];
      expect(inputs.role).toBe("roles/iam.workloadIdentityUser");
      expect(inputs.serviceAccountId).toBe(`projects/backups-1/serviceAccounts/etcd-d4aaaec961a3-${role}`);
      expect(inputs.member).toBe(
        `principal://iam.googleapis.com/projects/7/pools/p/subject/system:serviceaccount:backup:${role}`,
      );
    },
  ],
  "gcp:serviceaccount/key:Key": [({ name }) => expect(name).toBe("vault-uploader-key")],
};

function holds({ registrations }: MockEngine): void {
  for (const resource of registrations) {
    const own = policies[resource.type];
    expect(own, `${resource.type} has no policy`).toBeDefined();
    for (const policy of own ?? []) policy(resource);
    if (resource.type !== "etcd-recovery:index:BackupVault") expect(resource.parent).toBe("vault");
  }
}
const typesOf = ({ registrations }: MockEngine) => new Set(registrations.map(({ type }) => type));

describe("BackupVault", () => {
  it.each<[string, VaultInput, number]>([
    ["by default", good, 18],
    [
      "with all there is",
      {
        ...good,
        ...{ federation, location: "EU", regions: ["europe-west3", "europe-west4"] },
        ...{ immutable: { days: 30, lock: true, confirm: "lock etcd-vault for 30 days" } },
        tiers: [{ class: "NEARLINE", afterDays: 60 }],
      },
      23,
    ],
    ["with versions", { ...good, versioning: true, softDeleteDays: 0 }, 18],
    ["with a key file", { ...good, uploaderKey: "last-resort" }, 19],
  ])("holds every policy over every resource: %s", async (_, args, resources) => {
    const { engine } = await declare(args);
    expect(engine.registrations).toHaveLength(resources);
    holds(engine);
  });

  it("gives every right there is to somebody, and no identity those of another", async () => {
    const { engine } = await declare(good);
    const named = (type: string) =>
      engine.registrations
        .filter((one) => one.type === type)
        .map(({ name }) => name)
        .sort();
    expect(named("gcp:projects/iAMCustomRole:IAMCustomRole")).toEqual(Object.keys(permissions).sort());
    expect(named("gcp:storage/bucketIAMMember:BucketIAMMember")).toEqual(Object.keys(grants).sort());
    expect(typesOf(engine)).not.toContain("gcp:serviceaccount/key:Key");
    expect(typesOf(engine)).not.toContain("gcp:iam/workloadIdentityPool:WorkloadIdentityPool");
  });

  it("makes the bucket once its storage service may use the key", async () => {
    const { engine } = await declare(good);
    expect([...engine.before("vault-bucket")]).toContain("vault-key-storage");
    expect(engine.registrations.find(({ name }) => name === "vault-ring")?.inputs.location).toBe(
      "europe-west3",
    );
  });

  it("renders tiers, deletion, retention and soft delete as they were planned", async () => {
    const { engine } = await declare({
      ...good,
      ...{
        retention: { daily: 7, monthly: 12 },
        tiers: [{ class: "NEARLINE", afterDays: 60 }],
        softDeleteDays: 14,
      },
      immutable: { days: 14 },
    });
    expect(engine.registrations.find(({ name }) => name === "vault-bucket")?.inputs).toMatchObject({
      softDeletePolicy: { retentionDurationSeconds: 14 * 86_400 },
      retentionPolicy: { retentionPeriod: `${14 * 86_400}`, isLocked: false },
      versioning: { enabled: false },
      lifecycleRules: [
        { action: { type: "SetStorageClass", storageClass: "NEARLINE" }, condition: { age: 60 } },
        { action: { type: "Delete" }, condition: { age: 806 } },
        { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 7 } },
      ],
    });
  });

  it("says where it is, who may what, and what it comes to", async () => {
    const { vault } = await declare({ ...good, federation });
    expect(vault).toMatchObject({
      location: "gs://etcd-vault",
      identities: {
        uploader: "etcd-d4aaaec961a3-uploader@backups-1.iam",
        reader: /reader/,
        pruner: /pruner/,
      },
      estimate: { backups: 51, rpoMinutes: 60 },
      deleteAfterDays: 2928,
      isSecret: false,
    });
    const { uploader, ...others } = vault.credentials as Record<string, string>;
    expect(Object.keys(others).sort()).toEqual(["pruner", "reader"]);
    expect(JSON.parse(uploader ?? "")).toMatchObject({
      type: "external_account",
      audience: "//iam.googleapis.com/projects/7/pools/p/providers/cluster",
      credential_source: { file: "/var/run/secrets/etcd-recovery/token" },
    });
  });

  it("a key file is a secret", async () => {
    expect((await declare({ ...good, uploaderKey: "last-resort" })).vault.isSecret).toBe(true);
  });
});

describe("a contradiction", () => {
  let engine: MockEngine;
  beforeEach(async () => {
    engine = await startMockEngine();
  });
  afterEach(() => expect(engine.registrations).toEqual([]));

  it.each<[VaultInput, RegExp]>([
    [
      { ...good, softDeleteDays: 3, deleteAfterDays: 5 },
      /nothing was made.*\nvault.deleteAfterDays: .*\nvault.softDeleteDays: .*pulumi config set/,
    ],
    [
      { ...good, immutable: { days: 30, lock: true } },
      /vault.immutable.confirm: .*'lock etcd-vault for 30 days'/,
    ],
    [{ ...good, bucket: "Not A Name" }, /BackupVault vault: bucket must be 3 to 63/],
  ])("ends the program before anything is made: %j", async (args, sentence) => {
    const { BackupVault } = await import("../../vault/backupVault.js");
    expect(() => new BackupVault("vault", args)).toThrow(sentence);
    await engine.settled();
  });
});
