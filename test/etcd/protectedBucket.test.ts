import { readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { collected } from "../../lab/gcs/behindGate";
import { FakeGcs } from "../../lab/gcs/fakeGcs";
import { type GateCertificate, makeCertificate } from "../../lab/gcs/gateCertificate";
import type { BucketProtection } from "../../lab/gcs/gateProtection";
import { RoleGate } from "../../lab/gcs/roleGate";
import { attacks } from "../../store/gcsAttack";
import { GcsStore } from "../../store/gcsStore";
import { type Right, rights, type VaultRole, watcherRights } from "../../vault/declare/identities";
import { planVault } from "../../vault/vaultPlan";
import { vaultSettings } from "../../vault/vaultSettings";
import { agentEnded, agentRun, audience, bundledAgent, clusterTokens, subjects } from "../support/gatedAgent";
import { putBackups } from "../support/storedBackups";
import { scratchDirectory } from "../support/testSnapshot";

/** What a vault declares beside rights, against those who have them. */
const scratch = scratchDirectory();
const { token, jwks } = clusterTokens();
const federation = { jwks, subjects, audience };
const DAY = 86_400;
const declared = planVault(
  vaultSettings.parse({
    project: "backups-1",
    bucket: "vault",
    location: "EU",
    immutable: { days: 3 },
    softDeleteDays: 7,
  }),
);
let fake: FakeGcs;
let certificate: GateCertificate;
let program: string;
const gates: RoleGate[] = [];

beforeAll(async () => {
  fake = await FakeGcs.start(scratch);
  certificate = makeCertificate(join(scratch, "tls"), ["127.0.0.1"]);
  program = bundledAgent(scratch);
}, 600_000);
afterEach(async () => {
  for (const gate of gates.splice(0)) await gate.stop();
});
afterAll(async () => {
  await fake?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** @param extra rights beyond those that the vault declares */
async function gateWith(
  protection: BucketProtection,
  ...extra: readonly Right<VaultRole>[]
): Promise<RoleGate> {
  const enforced = { protection, rights: [...rights, ...watcherRights, ...extra] };
  const gate = await RoleGate.start(fake.url, "127.0.0.1", certificate, federation, enforced);
  gates.push(gate);
  return gate;
}

/** Asks the storage service's own interface. */
async function asks(gate: RoleGate, role: VaultRole, method: string, path: string, body = "") {
  const bearer = gate.tokens.exchange(token(role, 600)).token;
  const headers = { authorization: `Bearer ${bearer}`, "content-length": Buffer.byteLength(body) };
  const options = { method, headers, ca: readFileSync(certificate.authority) };
  return new Promise<{ status: number; text: string }>((done, fail) => {
    request(`${gate.url}${path}`, options, async (answer) => {
      done({ status: answer.statusCode ?? 0, text: (await collected(answer)).toString() });
    })
      .on("error", fail)
      .end(body);
  });
}
const objectAt = (bucket: string, name: string) => `/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}`;
const upload = (gate: RoleGate, bucket: string, name: string, text: string, role: VaultRole = "uploader") =>
  asks(
    gate,
    role,
    "POST",
    `/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${encodeURIComponent(name)}`,
    text,
  );
const agent = (role: VaultRole, gate: RoleGate, changes: object, act: string) => {
  const url = "https://127.0.0.1:1";
  const etcd = { members: [{ name: "m0", url }], tls: { ca: "/none", cert: "/none", key: "/none" } };
  return agentEnded(agentRun({ scratch, program, token, certificate, etcd }, role, gate, changes), act);
};

describe("a declared retention", () => {
  it("keeps an object from whoever may delete and replace, and lets it go when it is old enough", async () => {
    const all: Right = { role: "pruner", name: "all", permissions: ["storage.objects.create"] };
    const gate = await gateWith(declared, all);
    const bucket = await fake.bucket();
    expect((await upload(gate, bucket, "a", "first")).status).toBe(200);
    for (const attempt of [
      () => asks(gate, "pruner", "DELETE", objectAt(bucket, "a")),
      () => upload(gate, bucket, "a", "second", "pruner"),
    ]) {
      const { status, text } = await attempt();
      expect(status).toBe(403);
      const message = expect.stringMatching(/is subject to bucket's retention policy/);
      expect(JSON.parse(text).error).toMatchObject({
        ...{ code: 403, message },
        errors: [{ reason: "retentionPolicyNotMet", message }],
      });
    }
    expect((await asks(gate, "uploader", "DELETE", objectAt(bucket, "a"))).text).toContain(
      "uploader does not have storage.objects.delete access",
    );
    gate.protection.pass(3 * DAY + 1);
    expect((await upload(gate, bucket, "a", "second", "pruner")).status).toBe(200);
    expect((await asks(gate, "pruner", "DELETE", objectAt(bucket, "a"))).status).toBe(403);
    gate.protection.pass(3 * DAY + 1);
    expect((await asks(gate, "pruner", "DELETE", objectAt(bucket, "a"))).status).toBeLessThan(300);
  });

  it("a resumable upload under a name that is kept is refused when it begins", async () => {
    const extra: Right = { role: "uploader", name: "x", permissions: ["storage.objects.delete"] };
    const gate = await gateWith(declared, extra);
    const bucket = await fake.bucket();
    await upload(gate, bucket, "a", "first");
    const begin = `/upload/storage/v1/b/${bucket}/o?uploadType=resumable&name=a`;
    const { status, text } = await asks(gate, "uploader", "POST", begin, "{}");
    expect({ status, reason: JSON.parse(text).error.errors[0].reason }).toEqual({
      status: 403,
      reason: "retentionPolicyNotMet",
    });
  });

  it("the pruner leaves alone what the bucket says it keeps, says until when, and removes the rest", async () => {
    const gate = await gateWith({ ...declared });
    const bucket = await fake.bucket();
    const store = new GcsStore(bucket, "etcd", { endpoint: fake.url });
    const [young, old] = await putBackups(
      store,
      { time: "2026-11-26T02:00:00.000Z", sha256: "b".repeat(64) },
      { time: "2026-11-25T02:00:00.000Z", sha256: "c".repeat(64) },
    );
    await putBackups(store, { time: "2026-11-27T02:00:00.000Z" });
    for (const { key } of await store.list(`${old}/`))
      gate.protection.stored({ bucket, name: `etcd/${key}` }, Date.now() - 4 * DAY * 1000);
    const { exitCode, last } = await agent(
      "pruner",
      gate,
      { store: `gs://${bucket}/etcd`, keep: "hourly=1" },
      "prune",
    );
    expect(exitCode).toBe(0);
    expect(last.removed.map(({ key }: { key: string }) => key)).toEqual([old]);
    expect(last.failed).toEqual([]);
    expect(last.kept).toContainEqual({
      key: young,
      reasons: [expect.stringMatching(/^held: a retention until 20\d\d-/)],
    });
  });

  it("the pruner that meets it only when it removes says what stayed and why, and goes on", async () => {
    const gate = await gateWith({});
    const bucket = await fake.bucket();
    const store = new GcsStore(bucket, "etcd", { endpoint: fake.url });
    const [stays, goes] = await putBackups(
      store,
      { time: "2026-11-26T02:00:00.000Z", sha256: "b".repeat(64) },
      { time: "2026-11-25T02:00:00.000Z", sha256: "c".repeat(64) },
    );
    await putBackups(store, { time: "2026-11-27T02:00:00.000Z" });
    const manifest = { bucket, name: `etcd/${stays}/manifest.json` };
    // a hold that no listing tells yet
    const told = gate.protection.told.bind(gate.protection);
    gate.protection.told = (object) => ({ ...told(object), temporaryHold: false });
    gate.protection.hold(manifest, { temporaryHold: true });
    const { exitCode, last } = await agent(
      "pruner",
      gate,
      { store: `gs://${bucket}/etcd`, keep: "hourly=1" },
      "prune",
    );
    expect(last.removed.map(({ key }: { key: string }) => key)).toEqual([goes]);
    expect(last.failed).toEqual([
      { key: stays, reasons: [expect.stringMatching(/is kept by the bucket: .*Temporary hold/)] },
    ]);
    expect({ exitCode, done: last.done }).toEqual({ exitCode: 1, done: false });
    const left = (await store.list(`${stays}/`)).map(({ key }) => key.split("/").at(-1));
    expect(left.sort()).toEqual(["manifest.json", "snapshot.db"]);
    expect(await store.list(`${goes}/`)).toEqual([]);
  });
});

describe("a declared soft delete", () => {
  const person: Right = {
    role: "reader",
    name: "person",
    permissions: ["storage.objects.restore", "storage.objects.create", "storage.objects.delete"],
  };
  const softDeleted = async (gate: RoleGate, bucket: string) =>
    JSON.parse((await asks(gate, "reader", "GET", `/storage/v1/b/${bucket}/o?softDeleted=true`)).text).items;

  it("keeps what was removed or replaced: it is listed, and brought back for so many days", async () => {
    const { softDeleteSeconds } = declared;
    const gate = await gateWith({ softDeleteSeconds }, person);
    const bucket = await fake.bucket();
    await upload(gate, bucket, "v1/a", "first");
    await upload(gate, bucket, "v1/a", "second", "reader");
    await asks(gate, "pruner", "DELETE", objectAt(bucket, "v1/a"));
    expect((await asks(gate, "reader", "GET", objectAt(bucket, "v1/a"))).status).toBe(404);
    const listed = await softDeleted(gate, bucket);
    expect(listed).toHaveLength(2);
    const [{ name, generation, softDeleteTime, hardDeleteTime }] = listed;
    expect(name).toBe("v1/a");
    expect((Date.parse(hardDeleteTime) - Date.parse(softDeleteTime)) / 1000).toBe(7 * DAY);
    const restore = `${objectAt(bucket, "v1/a")}/restore?generation=${generation}`;
    expect((await asks(gate, "pruner", "POST", restore)).text).toContain(
      "does not have storage.objects.restore",
    );
    expect((await asks(gate, "reader", "POST", restore)).status).toBe(200);
    expect((await asks(gate, "reader", "GET", `${objectAt(bucket, "v1/a")}?alt=media`)).text).toBe("first");
    expect((await asks(gate, "reader", "POST", restore)).status).toBe(404);
    gate.protection.pass(7 * DAY + 1);
    expect(await softDeleted(gate, bucket)).toEqual([]);
  });

  it("is none where none is declared", async () => {
    const gate = await gateWith({}, person);
    const bucket = await fake.bucket();
    await upload(gate, bucket, "v1/a", "first");
    await asks(gate, "pruner", "DELETE", objectAt(bucket, "v1/a"));
    expect(await softDeleted(gate, bucket)).toEqual([]);
  });
});

describe("the probe's attacks on a vault that is declared whole", () => {
  const outcomes = async (protection: BucketProtection, ...permissions: string[]) => {
    const extra: Right = { role: "uploader", name: "x", permissions };
    const gate = await gateWith(protection, ...(permissions.length === 0 ? [] : [extra]));
    const { last } = await agent("uploader", gate, { store: `gs://${await fake.bucket()}/etcd` }, "probe");
    expect(last.attempts.map(({ attack }: { attack: string }) => attack)).toEqual(attacks);
    const said = last.attempts.map(({ isRefused, sentence }: { isRefused: boolean; sentence: string }) =>
      isRefused ? sentence : "carried out",
    );
    return { outcome: last.outcome, said };
  };
  const right = (name: string) => new RegExp(`uploader does not have storage.objects.${name} access`);

  it("are refused by rights", async () => {
    const { outcome, said } = await outcomes(declared);
    expect(outcome).toBe("refused");
    expect(said).toEqual(
      [right("delete"), right("update"), right("delete")].map((one) => expect.stringMatching(one)),
    );
  });

  it("with a right to delete, overwriting and deleting are refused by the retention alone", async () => {
    const { outcome, said } = await outcomes(declared, "storage.objects.delete");
    expect(outcome).toBe("refused");
    const kept = expect.stringMatching(/retention policy .*cannot be deleted or overwritten until/);
    expect(said).toEqual([kept, expect.stringMatching(right("update")), kept]);
  });

  it("to shorten a retention takes each of three rights, and with all of them is found out", async () => {
    const update = "storage.objects.update";
    const set = "storage.objects.setRetention";
    const override = "storage.objects.overrideUnlockedRetention";
    expect((await outcomes(declared, update)).said[1]).toMatch(right("setRetention"));
    expect((await outcomes(declared, update, set)).said[1]).toMatch(right("overrideUnlockedRetention"));
    const open = await outcomes(declared, update, set, override);
    expect(open).toMatchObject({ outcome: "open", said: { 1: "carried out" } });
  });

  it("the bucket's own retention outlives that of an object, which the attack took away", async () => {
    const permissions = ["update", "setRetention", "overrideUnlockedRetention", "delete"];
    const all = permissions.map((name) => `storage.objects.${name}`);
    expect((await outcomes(declared, ...all)).said[2]).toMatch(/retention policy .*cannot be deleted/);
    const { said } = await outcomes({}, ...all);
    expect(said).toEqual(["carried out", "carried out", "carried out"]);
  });
});

it("the watcher lists and reads manifests; a snapshot it neither reads nor removes", async () => {
  const gate = await gateWith(declared);
  const bucket = await fake.bucket();
  const [key = ""] = await putBackups(new GcsStore(bucket, "", { endpoint: fake.url }), {});
  const as = async (method: string, path: string) => (await asks(gate, "watcher", method, path)).status;
  expect(await as("GET", `/storage/v1/b/${bucket}/o?prefix=v1%2F`)).toBe(200);
  expect(await as("GET", `${objectAt(bucket, `${key}/manifest.json`)}?alt=media`)).toBe(200);
  expect(await as("GET", `${objectAt(bucket, `${key}/snapshot.db`)}?alt=media`)).toBe(403);
  expect(await as("DELETE", objectAt(bucket, `${key}/manifest.json`))).toBe(403);
  expect(gate.refusals.map(({ role, permission }) => [role, permission])).toEqual([
    ["watcher", "storage.objects.get"],
    ["watcher", "storage.objects.delete"],
  ]);
  const watched = await agent("watcher", gate, { store: `gs://${bucket}` }, "watch");
  expect(watched).toMatchObject({ exitCode: 0, last: { act: "watch", done: true } });
});
