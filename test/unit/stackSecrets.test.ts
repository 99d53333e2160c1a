import { expect, it } from "vitest";
import { partSecrets } from "../../automation/stackSecrets";

it.each<[what: string, settings: Readonly<Record<string, unknown>>, plain: object, secrets: object]>([
  [
    "hosted clusters have none",
    { cluster: "uc1", restore: { id: "a" } },
    { cluster: "uc1", restore: { id: "a" } },
    {},
  ],
  [
    "machines and their jump host have a key each",
    { ssh: { user: "u", privateKey: "k1", jump: { host: "j", privateKey: "k2" } } },
    { ssh: { user: "u", jump: { host: "j" } } },
    { "ssh.privateKey": "k1", "ssh.jump.privateKey": "k2" },
  ],
  [
    "bundles have an identity",
    { ssh: { agent: true }, restore: { pki: { identity: "i", from: "/b" } } },
    { ssh: { agent: true }, restore: { pki: { from: "/b" } } },
    { "restore.pki.identity": "i" },
  ],
])("%s: secrets are parted from what is written in plain", (_, settings, plain, secrets) => {
  const before = JSON.stringify(settings);
  const parted = partSecrets(settings);
  expect(parted.plain).toStrictEqual(plain);
  expect(Object.fromEntries(parted.secrets)).toEqual(secrets);
  expect(JSON.stringify(settings)).toBe(before);
});
