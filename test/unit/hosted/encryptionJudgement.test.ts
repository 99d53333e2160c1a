import { describe, expect, it } from "vitest";
import { encryptionKeys, encryptionPath, secretsOf } from "../../../components/hosted/facts/encryptionFiles";
import {
  judgeEncryption,
  type KnownKeys,
  noteEncryption,
} from "../../../components/hosted/judgements/encryption";

describe("row 26 and faults row 9: encryption at rest", () => {
  const judged = (known: KnownKeys, allowed: string[] = [], wanted = ["aescbc:key1", "kms:vault"]) => {
    const facts = { namespace: "uc1", statefulSet: "kube-apiserver", wanted, allowed, known };
    return { refusal: judgeEncryption(facts), note: noteEncryption(facts) };
  };
  const keys = (...names: string[]): KnownKeys => ({ kind: "keys", keys: names, secret: "enc" });

  it("passes when the API servers have every key, or there are none", () => {
    expect(judged(keys("aescbc:key1", "identity:", "kms:vault"))).toEqual({
      refusal: undefined,
      note: "encryption at rest: the API servers have aescbc:key1 kms:vault",
    });
    expect(judged({ kind: "none" }, [], [])).toEqual({ refusal: undefined, note: undefined });
  });

  it.each<[string, KnownKeys, RegExp]>([
    [
      "no configuration",
      { kind: "none" },
      /aescbc:key1 kms:vault, the API servers have no --encryption-provider-config/,
    ],
    [
      "another key",
      keys("aescbc:key2", "kms:vault"),
      /with aescbc:key1, which the API servers do not have; they have aescbc:key2/,
    ],
    ["a longer name", keys("aescbc:key11", "kms:vault"), /with aescbc:key1, which/],
    [
      "unknown",
      { kind: "unknown", why: "it lies in no Secret" },
      /which keys the API servers have is unknown: it lies in no Secret/,
    ],
  ])("refuses with %s, and names the keys", (_, known, sentence) => {
    const { refusal } = judged(known);
    expect(refusal).toMatchObject({ kind: "refused", message: expect.stringMatching(sentence) });
    expect(refusal?.remedy).toContain("pulumi config set --path 'restore.allowEncryption[0]' 'aescbc:key1'");
    const allowed = judged(known, ["kms:vault", "aescbc:key1"]);
    expect(allowed.refusal).toBeUndefined();
    expect(allowed.note).toMatch(/as restore.allowEncryption says$/);
    expect(judged(known, ["kms:vault"]).refusal?.message).toMatch(/encrypted with aescbc:key1/);
  });

  const container = (
    args: string[],
    mounts: { name: string; mountPath: string; subPath?: string }[] = [],
  ) => ({ name: "c", args, volumeMounts: mounts });

  it.each([
    ["one word", ["kube-apiserver", "--encryption-provider-config=/a/b"], "/a/b"],
    ["two", ["--encryption-provider-config", "/a/b"], "/a/b"],
    ["a shell's line", ["exec kube-apiserver --encryption-provider-config='/a/b' --v=2"], "/a/b"],
    ["none", ["--v=2", "--encryption-provider-config-automatic-reload=true"], undefined],
  ])("finds the flag as %s", (_, args, expected) => {
    expect(encryptionPath({ containers: [container(args)] })).toBe(expected);
  });

  it("finds the Secret of the volume that is mounted nearest", () => {
    const volumes = (items?: { key: string; path: string }[]) => [
      { name: "certs", secret: { secretName: "pki" } },
      { name: "enc", secret: { secretName: "encryption", ...(items ? { items } : {}) } },
    ];
    const mounts = [
      { name: "certs", mountPath: "/etc" },
      { name: "enc", mountPath: "/etc/enc/" },
    ];
    const secret = (path: string, items?: { key: string; path: string }[]) =>
      secretsOf(path, { containers: [container([], mounts)], volumes: volumes(items) }).map(
        (one) => `${one.secret} ${one.key}`,
      );
    const path = "/etc/enc/config.yaml";
    expect(secret(path)).toEqual(["encryption config.yaml"]);
    expect(secret(path, [{ key: "current", path: "config.yaml" }])).toEqual(["encryption current"]);
    expect(secret(path, [{ key: "current", path: "other.yaml" }])).toEqual([]);
    expect(secret("/etc/other/config.yaml")).toEqual(["pki other/config.yaml"]);
    expect(secret("/var/config.yaml")).toEqual([]);
    const file = { name: "v", mountPath: "/a/c.yaml", subPath: "c.yaml" };
    expect(
      secretsOf("/a/c.yaml", {
        containers: [container([], [file])],
        volumes: [{ name: "v", projected: { sources: [{ secret: { name: "s" } }] } }],
      }),
    ).toEqual([{ secret: "s", key: "c.yaml" }]);
  });

  it("reads names of an EncryptionConfiguration, never keys", () => {
    const text = `kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - aescbc: {keys: [{name: key1, secret: QUJD}, {name: key0, secret: QUJD}]}
  - kms: {apiVersion: v2, name: vault, endpoint: x}
  - identity: {}
`;
    expect(encryptionKeys(text)).toEqual(["aescbc:key0", "aescbc:key1", "identity:", "kms:vault"]);
    expect(encryptionKeys("a: [b")).toBeUndefined();
    expect(encryptionKeys("just text")).toBeUndefined();
    expect(encryptionKeys("resources: 5")).toBeUndefined();
  });
});
