import { setTimeout as sleep } from "node:timers/promises";
import type { OperationContext } from "../rpc/provider";
import type { Cluster, WriteOptions } from "./cluster";
import { takeOver } from "./fieldManagers";
import { ApiError, isNotFound } from "./kubeApi";
import { annotationOf, type KubeObject, textAt } from "./objects";
import { NoMatchError } from "./restMapping";

const retries = 5;

/** A write that the API server refused because its namespace does not exist yet. */
export class NoNamespaceError extends Error {}

/** Creates an object; waits some seconds for a namespace or a kind that is about to appear. */
export async function createObject(
  cluster: Cluster,
  inputs: KubeObject,
  options: WriteOptions,
  context: OperationContext,
): Promise<KubeObject> {
  for (let attempt = 0, pause = 1000; ; attempt += 1, pause *= 2) {
    try {
      return await cluster.create(inputs, options);
    } catch (error) {
      const mayAppear = isNotFound(error) || error instanceof NoMatchError;
      if (options.dryRun && isMissingNamespace(error)) {
        throw new NoNamespaceError();
      }
      if (!mayAppear || attempt === retries) {
        throw error;
      }
      context.logStatus("info", `Retry #${attempt}; creation failed: ${(error as Error).message}`);
      await sleep(pause, undefined, { signal: context.signal });
    }
  }
}

function isMissingNamespace(error: unknown): boolean {
  return (
    isNotFound(error) && error instanceof ApiError && textAt(error.status, "details", "kind") === "namespaces"
  );
}

/** Updates an object by server-side apply; a conflict with another manager is an error that says so. */
export async function applyObject(
  cluster: Cluster,
  live: KubeObject,
  inputs: KubeObject,
  options: WriteOptions,
): Promise<KubeObject> {
  const fields = takeOver(live, options.fieldManager);
  if (fields !== undefined && !options.dryRun) {
    await cluster.setManagedFields(live, fields, options.signal);
  }
  // A dry run cannot move the fields first, so it takes them by force.
  const force = options.force || (options.dryRun && fields !== undefined);
  try {
    return await cluster.apply(inputs, { ...options, force });
  } catch (error) {
    if (error instanceof ApiError && error.code === 409) {
      throw new Error(conflictMessage(error, options.fieldManager), { cause: error });
    }
    throw error;
  }
}

function conflictMessage(error: ApiError, manager: string): string {
  const guide =
    "https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources";
  return [
    `Server-Side Apply field conflict detected. See ${guide} for troubleshooting help.`,
    `The resource managed by field manager "${manager}" had an apply conflict: ${error.message}`,
  ].join("\n");
}

/** Whether an update may take fields over from other managers. */
export function isForced(inputs: KubeObject, always: boolean): boolean {
  return always || annotationOf(inputs, "pulumi.com/patchForce") === "true";
}
