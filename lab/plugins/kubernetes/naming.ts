import { createHash, randomBytes } from "node:crypto";
import { isUnknown } from "../rpc/values";
import { annotationOf, type KubeObject, metadataOf, nameOf, withAnnotation, withMetadata } from "./objects";

const autonamed = "pulumi.com/autonamed";

/** Gives an unnamed object `NAME-` and eight hex digits, equal for equal seeds, and notes that it did. */
export function autoname(object: KubeObject, resourceName: string, seed: Uint8Array): KubeObject {
  const { name, generateName } = metadataOf(object);
  if (isUnknown(name) || isUnknown(generateName) || nameOf(object) !== "" || generateName !== undefined) {
    return object;
  }
  const digits =
    seed.length === 0 ? randomBytes(4).toString("hex") : createHash("sha256").update(seed).digest("hex");
  return withAnnotation(
    withMetadata(object, { name: `${resourceName}-${digits.slice(0, 8)}` }),
    autonamed,
    "true",
  );
}

/** An unnamed object keeps the name that was made for its predecessor. */
export function adoptAutoname(object: KubeObject, old: KubeObject): KubeObject {
  if (isUnknown(metadataOf(object).name) || nameOf(object) !== "" || !isAutonamed(old)) {
    return object;
  }
  return withAnnotation(withMetadata(object, { name: nameOf(old) }), autonamed, "true");
}

export function isAutonamed(object: KubeObject): boolean {
  return annotationOf(object, autonamed) === "true";
}

/** A fresh name under which one resource owns its fields. */
export function newFieldManager(): string {
  return `pulumi-kubernetes-${randomBytes(4).toString("hex")}`;
}
