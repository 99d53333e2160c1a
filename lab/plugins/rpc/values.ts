/**
 * A Pulumi value as it travels between engine and plugin: JSON, with secrets as envelopes and unknowns as fixed strings
 * (the engine's `sdk/go/common/resource/sig` and `plugin/rpc.go`).
 */
export type PropertyValue = null | boolean | number | string | readonly PropertyValue[] | PropertyMap;
export type PropertyMap = { readonly [key: string]: PropertyValue };
/** A map under construction. */
export type MutableMap = { [key: string]: PropertyValue };

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** Stands for a value that only the real run will know. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const unknowns: ReadonlySet<PropertyValue> = new Set([
  unknown,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

export function isMap(value: PropertyValue | undefined): value is PropertyMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isArray(value: PropertyValue | undefined): value is readonly PropertyValue[] {
  return Array.isArray(value);
}

export function isUnknown(value: PropertyValue | undefined): boolean {
  return value !== undefined && unknowns.has(value);
}

/** Whether the value itself is a secret; see {@link containsSecret} for those inside. */
export function isSecret(value: PropertyValue | undefined): boolean {
  return isMap(value) && value[signatureKey] === secretSignature;
}

export function secret(value: PropertyValue): PropertyValue {
  return isSecret(value) || isUnknown(value) ? value : { [signatureKey]: secretSignature, value };
}

/** Whether the value is something that this project's stand-ins do not carry: an asset, an archive, a resource. */
export function isSpecial(value: PropertyValue | undefined): boolean {
  return isMap(value) && signatureKey in value && !isSecret(value);
}

function children(value: PropertyValue): readonly PropertyValue[] {
  return isArray(value) ? value : isMap(value) ? Object.values(value) : [];
}

export function containsUnknown(value: PropertyValue): boolean {
  return isUnknown(value) || children(value).some(containsUnknown);
}

export function containsSecret(value: PropertyValue): boolean {
  return isSecret(value) || children(value).some(containsSecret);
}

/** The same value with every envelope of a secret taken off. */
export function plain(value: PropertyValue): PropertyValue {
  if (isSecret(value) && isMap(value)) {
    return plain(value.value ?? null);
  }
  if (isArray(value)) {
    return value.map(plain);
  }
  return isMap(value) ? plainMap(value) : value;
}

/** {@link plain} of a map. */
export function plainMap(map: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, plain(value)]));
}

/** Equal in content and in secretness, whatever the order of keys. */
export function deepEquals(left: PropertyValue | undefined, right: PropertyValue | undefined): boolean {
  if (isArray(left) && isArray(right)) {
    return left.length === right.length && left.every((value, index) => deepEquals(value, right[index]));
  }
  if (isMap(left) && isMap(right)) {
    const keys = Object.keys(left);
    return (
      keys.length === Object.keys(right).length && keys.every((key) => deepEquals(left[key], right[key]))
    );
  }
  return left === right;
}

/** The map without keys whose value is absent or null. */
export function compact(map: { readonly [key: string]: PropertyValue | undefined }): PropertyMap {
  const kept: MutableMap = {};
  for (const [key, value] of Object.entries(map)) {
    if (value !== undefined && value !== null) {
      kept[key] = value;
    }
  }
  return kept;
}
