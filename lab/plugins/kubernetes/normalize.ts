import { isArray, isMap, type MutableMap, type PropertyMap, type PropertyValue } from "../rpc/values";
import { apiVersionOf, hasUnknown, type KubeObject, kindOf, metadataOf, withMetadata } from "./objects";
import { canonicalQuantity } from "./quantity";

const readOnlyMetadata = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "generation",
  "managedFields",
  "resourceVersion",
  "uid",
] as const;

/** Fields whose values are quantities by name. */
const quantityMaps = new Set(["requests", "limits", "capacity", "hard", "overhead"]);
const quantityFields = new Set(["sizeLimit", "divisor"]);
const limitRangeMaps = new Set(["default", "defaultRequest", "max", "min", "maxLimitRequestRatio"]);

/**
 * Writes inputs so that equal meaning has equal form, the form in which the API server gives them back; else every
 * preview would show a difference. Inputs with unknowns are left as they are, but for read-only metadata.
 */
export function normalizeInputs(object: KubeObject): KubeObject {
  const normalized = hasUnknown(object) ? object : normalizeKnown(object);
  if (metadataOf(normalized) === undefined || !("metadata" in normalized)) {
    return normalized;
  }
  return withMetadata(normalized, Object.fromEntries(readOnlyMetadata.map((field) => [field, undefined])));
}

function normalizeKnown(object: KubeObject): KubeObject {
  if (apiVersionOf(object) === "v1" && kindOf(object) === "Secret") {
    return normalizeSecret(object);
  }
  const maps = kindOf(object) === "LimitRange" ? limitRangeMaps : quantityMaps;
  return normalizeQuantities(object, maps) as KubeObject;
}

/** The API server turns stringData into data, and encodes data anew. */
function normalizeSecret(object: KubeObject): KubeObject {
  const { stringData, ...rest } = object;
  const data: MutableMap = isMap(rest.data) ? { ...rest.data } : {};
  for (const [key, value] of Object.entries(data)) {
    data[key] = typeof value === "string" ? Buffer.from(value, "base64").toString("base64") : value;
  }
  if (!isMap(stringData) || Object.keys(stringData).length === 0) {
    return "data" in rest ? { ...object, data } : object;
  }
  for (const [key, value] of Object.entries(stringData)) {
    data[key] = Buffer.from(String(value), "utf8").toString("base64");
  }
  return { ...rest, data };
}

function normalizeQuantities(value: PropertyValue, maps: ReadonlySet<string>): PropertyValue {
  if (isArray(value)) {
    return value.map((element) => normalizeQuantities(element, maps));
  }
  if (!isMap(value)) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => {
      if (maps.has(key) && isMap(field)) {
        return [key, canonicalMap(field)];
      }
      return [key, quantityFields.has(key) ? canonical(field) : normalizeQuantities(field, maps)];
    }),
  );
}

function canonicalMap(map: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, canonical(value)]));
}

function canonical(value: PropertyValue): PropertyValue {
  return typeof value === "string" || typeof value === "number" ? canonicalQuantity(String(value)) : value;
}
