import { type CheckRequest, type CheckResult, NotInStandIn } from "../rpc/provider";
import { compact, type PropertyMap, plainMap } from "../rpc/values";
import { markSecrets } from "./checkpoint";
import { adoptAutoname, autoname, newFieldManager } from "./naming";
import { normalizeInputs } from "./normalize";
import {
  annotationOf,
  type KubeObject,
  kindOf,
  metadataOf,
  nameOf,
  namespaceOf,
  withMetadata,
} from "./objects";
import { isNamespaced, type Session } from "./session";
import { pathOfWait, waitFor } from "./waiting";

/** Names an unnamed object, gives it the default namespace, and writes it in the form the API server will give back. */
export async function checkInputs(session: Session, request: CheckRequest): Promise<CheckResult> {
  const given = compact(request.news);
  refuseExoticKinds(request.type, given);
  const olds = plainMap(compact(request.olds));
  let inputs = normalizeInputs(plainMap(given));
  if (
    nameOf(inputs) === "" &&
    metadataOf(inputs).generateName !== undefined &&
    Object.keys(olds).length === 0
  ) {
    throw new Error("the `.metadata.generateName` field is not supported in Server-Side Apply mode");
  }
  inputs =
    Object.keys(olds).length === 0
      ? autoname(inputs, request.name, request.randomSeed)
      : adoptAutoname(inputs, olds);
  if (metadataOf(inputs).namespace === undefined && (await isNamespaced(session, inputs))) {
    inputs = withMetadata(inputs, { namespace: session.namespace });
  }
  return { inputs: markSecrets(inputs, given), failures: [] };
}

function refuseExoticKinds(type: string, inputs: PropertyMap): void {
  const kind = kindOf(inputs);
  if (kind.endsWith("List")) {
    throw new Error(
      "list resources exist for compatibility with YAML manifests and Helm charts, and cannot be created directly. Use the underlying resource type instead",
    );
  }
  if (type.endsWith("Patch")) {
    throw new NotInStandIn("kubernetes", `Patch resources (${type})`);
  }
  const waitedFor = annotationOf(plainMap(inputs), waitFor);
  if (waitedFor !== "" && pathOfWait(waitedFor) === undefined) {
    throw new NotInStandIn("kubernetes", `the annotation ${waitFor} with other than a plain jsonpath={.a.b}`);
  }
  if (kind === "" || kind === "CustomResourceDefinition" || kind === "Ingress") {
    throw new NotInStandIn("kubernetes", `the resource type ${type}`);
  }
}

/** The manager that owns the resource's fields: the annotation's, that of its state, else a new one. */
export function fieldManagerOf(inputs: KubeObject, remembered: string): string {
  const annotated = metadataOf(inputs).annotations;
  const name = (annotated as { readonly [key: string]: unknown } | undefined)?.[
    "pulumi.com/patchFieldManager"
  ];
  return typeof name === "string" && name !== "" ? name : remembered || newFieldManager();
}

/** The namespace, with the default one by its name. */
export function canonicalNamespace(object: KubeObject): string {
  return namespaceOf(object) || "default";
}
