import { isArray, isMap, type PropertyMap, type PropertyValue } from "../rpc/values";
import { type KubeObject, metadataOf, textAt } from "./objects";

/** Managers under whose name older or client-side writes of the official plugin own fields. */
const formerManagers = new Set([
  "pulumi-kubernetes",
  "pulumi-kubernetes.exe",
  "pulumi-resource-kubernetes",
  "before-first-apply",
]);

/**
 * A create is a plain POST, so its fields are owned by an "Update" of the manager; the first server-side apply would
 * conflict with that. Returns the managed fields with all that is ours moved to one "Apply", undefined when they are so.
 */
export function takeOver(live: KubeObject, manager: string): readonly PropertyValue[] | undefined {
  const entries = metadataOf(live).managedFields;
  if (!isArray(entries) || !entries.some((entry) => isOurUpdate(entry, manager))) {
    return undefined;
  }
  const ours = entries.filter((entry) => isOurUpdate(entry, manager) || isOurApply(entry, manager));
  const [first] = ours;
  const fields = ours
    .map((entry) => (isMap(entry) && isMap(entry.fieldsV1) ? entry.fieldsV1 : {}))
    .reduce(mergeFields, {});
  const merged = { ...(isMap(first) ? first : {}), manager, operation: "Apply", fieldsV1: fields };
  return [merged, ...entries.filter((entry) => !ours.includes(entry))];
}

function isOurUpdate(entry: PropertyValue, manager: string): boolean {
  const name = textAt(entry, "manager");
  return (
    textAt(entry, "operation") === "Update" &&
    textAt(entry, "subresource") === "" &&
    (name === manager || formerManagers.has(name))
  );
}

function isOurApply(entry: PropertyValue, manager: string): boolean {
  return textAt(entry, "operation") === "Apply" && textAt(entry, "manager") === manager;
}

function mergeFields(left: PropertyMap, right: PropertyMap): PropertyMap {
  const merged: { [key: string]: PropertyValue } = { ...left };
  for (const [key, value] of Object.entries(right)) {
    const there = merged[key];
    merged[key] = isMap(there) && isMap(value) ? mergeFields(there, value) : value;
  }
  return merged;
}
