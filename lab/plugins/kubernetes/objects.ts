import {
  containsUnknown,
  isMap,
  isUnknown,
  type MutableMap,
  type PropertyMap,
  type PropertyValue,
} from "../rpc/values";

/** A Kubernetes object as JSON, without envelopes of secrets. */
export type KubeObject = PropertyMap;

export function metadataOf(object: KubeObject): PropertyMap {
  return isMap(object.metadata) ? object.metadata : {};
}

/** Text at a path of keys; empty when it is absent or no text. */
export function textAt(value: PropertyValue | undefined, ...path: readonly string[]): string {
  const found = valueAt(value, ...path);
  return typeof found === "string" && !isUnknown(found) ? found : "";
}

/** Number at a path of keys; undefined when it is absent or no number. */
export function numberAt(value: PropertyValue | undefined, ...path: readonly string[]): number | undefined {
  const found = valueAt(value, ...path);
  return typeof found === "number" ? found : undefined;
}

export function valueAt(
  value: PropertyValue | undefined,
  ...path: readonly string[]
): PropertyValue | undefined {
  return path.reduce<PropertyValue | undefined>((at, key) => (isMap(at) ? at[key] : undefined), value);
}

export function nameOf(object: KubeObject): string {
  return textAt(object, "metadata", "name");
}

export function namespaceOf(object: KubeObject): string {
  return textAt(object, "metadata", "namespace");
}

export function kindOf(object: KubeObject): string {
  return textAt(object, "kind");
}

/** `v1` or `group/version`; the SDK's `core/v1` is `v1`. */
export function apiVersionOf(object: KubeObject): string {
  return textAt(object, "apiVersion").replace(/^core\//, "");
}

export function annotationOf(object: KubeObject, name: string): string {
  return textAt(object, "metadata", "annotations", name);
}

/** The object with fields of its metadata set; undefined removes a field. */
export function withMetadata(
  object: KubeObject,
  fields: Readonly<Record<string, PropertyValue | undefined>>,
): KubeObject {
  const metadata: MutableMap = { ...metadataOf(object) };
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) {
      delete metadata[key];
    } else {
      metadata[key] = value;
    }
  }
  return { ...object, metadata };
}

export function withAnnotation(object: KubeObject, name: string, value: string): KubeObject {
  const annotations = metadataOf(object).annotations;
  return withMetadata(object, { annotations: { ...(isMap(annotations) ? annotations : {}), [name]: value } });
}

/** The id under which Pulumi knows an object: `namespace/name`, or the name alone. */
export function idOf(object: KubeObject): string {
  const namespace = namespaceOf(object);
  return namespace === "" ? nameOf(object) : `${namespace}/${nameOf(object)}`;
}

export function parseId(id: string): { namespace: string; name: string } {
  const [first = "", second] = id.split("/");
  return second === undefined ? { namespace: "", name: first } : { namespace: first, name: second };
}

export function hasUnknown(object: KubeObject): boolean {
  return containsUnknown(object);
}
