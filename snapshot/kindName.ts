import { parseRegistryKey, resourceName } from "./kubernetes/registryKey";
import type { ObjectName } from "./objectName";

/** Whether an object is of a kind as people write it, in manifests or for kubectl; any letter case. */
export function isOfKind(found: ObjectName, kind: string): boolean {
  if (found.kind === "") return false;
  const location = parseRegistryKey(found.key);
  const plural = resourceName(location);
  const known = [
    found.kind,
    location.resource,
    plural,
    qualifiedKind(found),
    `${resourceName({ ...location, group: "" })}.${groupOf(found)}`,
  ];
  return known.some((one) => one.toLowerCase() === kind.toLowerCase());
}

/** From the value; from the key where the value does not say it. */
export function groupOf({ apiVersion, key }: ObjectName): string {
  if (apiVersion === "") return parseRegistryKey(key).group;
  const [first = "", version] = apiVersion.split("/");
  return version === undefined ? "" : first;
}

/** `Deployment.apps`, `Pod`. */
export function qualifiedKind(found: ObjectName): string {
  const group = found.apiVersion === "" ? "" : groupOf(found);
  return group === "" ? found.kind : `${found.kind}.${group}`;
}
