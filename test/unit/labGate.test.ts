import { describe, expect, it } from "vitest";
import { GateProtection } from "../../lab/gcs/gateProtection";
import { askedOf, isGranted } from "../../lab/gcs/gateRights";
import { rights, type VaultRole, watcherRights } from "../../vault/declare/identities";

const place = "v1/uc1/2026/11/27/20261127T010203Z-0123456789ab";
const objects = "/storage/v1/b/bucket-1/o";
const objectAt = (name: string) => `${objects}/${encodeURIComponent(name)}`;

describe("what a request needs", () => {
  it.each<[string, string, string, boolean, object | undefined, string[]]>([
    ["a listing", "GET", `${objects}?prefix=v1%2F`, false, undefined, ["list"]],
    ["a listing of what was removed", "GET", `${objects}?softDeleted=true`, false, undefined, ["list"]],
    ["an object", "GET", objectAt("a/b"), false, undefined, ["get"]],
    ["its bytes", "GET", `/download${objectAt("a/b")}?alt=media`, false, undefined, ["get"]],
    ["a removal", "DELETE", objectAt("a/b"), true, undefined, ["delete"]],
    ["a new object", "POST", `/upload${objects}?name=a`, false, undefined, ["create"]],
    ["a replacement", "POST", `/upload${objects}?name=a`, true, undefined, ["create", "delete"]],
    [
      "one that replaces none",
      "POST",
      `/upload${objects}?name=a&ifGenerationMatch=0`,
      true,
      undefined,
      ["create"],
    ],
    ["the rest of an upload", "PUT", `/upload${objects}?upload_id=1`, false, undefined, []],
    ["a hold", "PATCH", objectAt("a"), true, { temporaryHold: false }, ["update"]],
    ["a retention", "PATCH", objectAt("a"), true, { retention: null }, ["update", "setRetention"]],
    [
      "a shorter retention",
      "PATCH",
      `${objectAt("a")}?overrideUnlockedRetention=true`,
      true,
      { retention: null },
      ["update", "setRetention", "overrideUnlockedRetention"],
    ],
    [
      "one brought back",
      "POST",
      `${objectAt("a/b")}/restore?generation=1`,
      false,
      undefined,
      ["restore", "create"],
    ],
    [
      "one brought back over another",
      "POST",
      `${objectAt("a/b")}/restore?generation=1`,
      true,
      undefined,
      ["restore", "create", "delete"],
    ],
  ])("%s", (_, method, address, exists, changes, expected) => {
    const body = changes === undefined ? {} : { body: Buffer.from(JSON.stringify(changes)) };
    const asked = askedOf({ method, address, exists, ...body });
    expect(asked.map(({ permission }) => permission)).toEqual(
      expected.map((name) => `storage.objects.${name}`),
    );
  });

  it.each(["/storage/v1/b/bucket-1", "/storage/v1/b", "/storage/v1/b/bucket-1/lockRetentionPolicy"])(
    "what is about no object, %s, needs a right that no identity has",
    (address) => {
      const asked = askedOf({ method: "PATCH", address, exists: false });
      expect(asked).toEqual([{ permission: "storage.buckets.update", object: "" }]);
      expect(
        [...rights, ...watcherRights].some((one) => one.permissions.includes("storage.buckets.update")),
      ).toBe(false);
    },
  );
});

describe("who may", () => {
  const may = (role: VaultRole, action: string, object: string) => {
    const own = [...rights, ...watcherRights].filter((one) => one.role === role);
    return isGranted(own, { permission: `storage.objects.${action}`, object });
  };
  const [snapshot, manifest] = [`${place}/snapshot.db.zst`, `${place}/manifest.json`];
  const drill = `${place}/20261127T020000Z.drill.json`;

  it.each<[VaultRole, string, string, boolean]>([
    ["watcher", "list", "v1/", true],
    ["watcher", "get", manifest, true],
    ["watcher", "get", drill, true],
    ["watcher", "get", snapshot, false],
    ["watcher", "get", `${place}/keys.zst`, false],
    ["watcher", "create", drill, false],
    ["watcher", "delete", manifest, false],
    ["pruner", "delete", snapshot, true],
    ["pruner", "get", snapshot, false],
    ["reader", "create", drill, true],
    ["reader", "create", manifest, false],
    ["uploader", "create", manifest, true],
    ["uploader", "list", "v1/", false],
    ...(["update", "setRetention", "overrideUnlockedRetention", "restore"] as const).flatMap((action) =>
      (["uploader", "reader", "pruner", "watcher"] as const).map(
        (role): [VaultRole, string, string, boolean] => [role, action, snapshot, false],
      ),
    ),
  ])("%s: %s %s: %s", (role, action, object, expected) => {
    expect(may(role, action, object)).toBe(expected);
  });
});

describe("what protects objects from everybody", () => {
  const object = { bucket: "b", name: "a", generation: "7" };
  const gate = (...[protection]: ConstructorParameters<typeof GateProtection>) => {
    const made = new GateProtection(protection);
    made.stored(object);
    return made;
  };

  it("a retention, until its end and of what is there already", () => {
    const protection = gate();
    expect(protection.kept(object)).toBeUndefined();
    protection.declare({ retentionSeconds: 100 });
    expect(protection.kept(object)).toEqual({
      reason: "retentionPolicyNotMet",
      message: expect.stringMatching(
        /^Object 'b\/a' is subject to bucket's retention policy or object retention and cannot be deleted or overwritten until \d{4}-/,
      ),
    });
    protection.pass(99);
    expect(protection.kept(object)?.reason).toBe("retentionPolicyNotMet");
    protection.pass(2);
    expect(protection.kept(object)).toBeUndefined();
  });

  it("is told of each object, by which a pruner leaves it alone", () => {
    const protection = gate({ retentionSeconds: 100 });
    const { timeCreated, retentionExpirationTime } = protection.told({ ...object, size: "4" });
    const seconds = (Date.parse(String(retentionExpirationTime)) - Date.parse(String(timeCreated))) / 1000;
    expect(seconds).toBe(100);
    expect(gate().told(object)).not.toHaveProperty("retentionExpirationTime");
  });

  it.each([
    [{ temporaryHold: true }, "forbidden", /under active Temporary hold/],
    [{ eventBasedHold: true }, "forbidden", /under active Event-Based hold/],
    [{ retention: { retainUntilTime: "2999-01-01T00:00:00Z" } }, "retentionPolicyNotMet", /until 2999-01-01/],
  ] as const)("%j on one object, until it is taken off", (hold, reason, message) => {
    const protection = gate();
    protection.hold(object, hold);
    expect(protection.kept(object)).toEqual({ reason, message: expect.stringMatching(message) });
    expect(
      protection.kept({ ...object, name: "other", timeCreated: "2026-01-01T00:00:00Z" }),
    ).toBeUndefined();
    expect(protection.told(object)).toMatchObject(hold);
    protection.hold(object, { temporaryHold: false, eventBasedHold: false, retention: null });
    expect(protection.kept(object)).toBeUndefined();
  });

  it("a soft delete keeps what was removed for so long, and not without being declared", () => {
    const protection = gate({ softDeleteSeconds: 100 });
    protection.remove(object, Buffer.from("x"));
    expect(protection.softDeleted("other")).toEqual([]);
    expect(protection.softDeleted("b", "z")).toEqual([]);
    const [found] = protection.softDeleted("b", "a");
    expect(found?.metadata).toMatchObject({ ...object, softDeleteTime: expect.any(String) });
    expect(protection.take("b", "a", "8")).toBeUndefined();
    protection.pass(99);
    expect(protection.take("b", "a", "7")?.bytes.toString()).toBe("x");
    expect(protection.softDeleted("b")).toEqual([]);
    protection.remove(object, Buffer.from("x"));
    protection.pass(101);
    expect(protection.take("b", "a", "7")).toBeUndefined();
    const none = gate({ retentionSeconds: 1 });
    none.remove(object, Buffer.from("x"));
    expect(none.softDeleted("b")).toEqual([]);
  });
});
