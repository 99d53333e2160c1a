import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { V1ObjectMeta, V1Secret } from "@kubernetes/client-node";
import type { SecretField } from "../lab";

/** Any Kubernetes object that can be applied. */
export interface Manifest {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: V1ObjectMeta;
}

/** The objects as one List, as kubectl reads it from standard input. */
export function asList(manifests: readonly Manifest[]): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items: manifests });
}

/** A Secret that holds the files, each under its own name. */
export async function secretOfFiles(
  namespace: string,
  name: string,
  files: readonly string[],
): Promise<V1Secret> {
  const data = await Promise.all(
    files.map(async (file) => [basename(file), (await readFile(file)).toString("base64")] as const),
  );
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, data: Object.fromEntries(data) };
}

/** A Secret whose one field is a file's content. */
export async function secretField(place: SecretField, file: string): Promise<V1Secret> {
  const { namespace, name, field } = place;
  const data = { [field]: (await readFile(file)).toString("base64") };
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, data };
}
