import { setTimeout as sleep } from "node:timers/promises";
import type { OperationContext } from "../rpc/provider";
import type { Cluster } from "./cluster";
import { isNotFound } from "./kubeApi";
import { annotationOf, type KubeObject, kindOf, nameOf, valueAt } from "./objects";
import { type KindReadiness, readinessAround, readinessOfKind } from "./readiness/kinds";
import { type Readiness, ready, waiting } from "./readiness/readiness";

/** An object that exists, and did not become what was waited for. */
export class NotReadyError extends Error {
  constructor(
    message: string,
    /** The object as it was last seen. */
    readonly object: KubeObject,
    /** What was wrong with it. */
    readonly problems: readonly string[],
  ) {
    super(message);
  }
}

export function skipsAwait(inputs: KubeObject): boolean {
  return annotationOf(inputs, "pulumi.com/skipAwait") === "true";
}

/** Annotation with a condition of one's own instead of the kind's readiness. */
export const waitFor = "pulumi.com/waitFor";

/** Fields of `jsonpath={.a.b}`, which asks for the field to be there; undefined for other conditions. */
export function pathOfWait(condition: string): string[] | undefined {
  return /^jsonpath=\{((?:\.[A-Za-z]+)+)\}$/.exec(condition)?.[1]?.slice(1).split(".");
}

/** How the object is awaited: as its annotation says, else as its kind. */
function readinessOf(inputs: KubeObject, object: KubeObject): KindReadiness | undefined {
  const kind = readinessOfKind(object);
  const path = pathOfWait(annotationOf(inputs, waitFor));
  if (path === undefined) return kind;
  const of = (live: KubeObject) =>
    valueAt(live, ...path) === undefined ? waiting(`Waiting for .${path.join(".")}`) : ready();
  return { of, onRead: true, timeoutSeconds: kind?.timeoutSeconds ?? 600 };
}

/** Seconds to wait: customTimeouts, else the annotation, else the kind's own. */
export function timeoutSeconds(context: OperationContext, inputs: KubeObject, fallback: number): number {
  const annotated = Number.parseInt(annotationOf(inputs, "pulumi.com/timeoutSeconds"), 10);
  return context.timeoutSeconds || (Number.isNaN(annotated) ? fallback : annotated);
}

/** Waits until a created or updated object is ready. Throws {@link NotReadyError}. */
export async function awaitReady(
  cluster: Cluster,
  inputs: KubeObject,
  created: KubeObject,
  context: OperationContext,
): Promise<void> {
  const kind = readinessOf(inputs, created);
  if (kind === undefined || skipsAwait(inputs)) {
    return;
  }
  const limit = AbortSignal.timeout(timeoutSeconds(context, inputs, kind.timeoutSeconds) * 1000);
  const signal = AbortSignal.any([limit, context.signal]);
  let last = created;
  let problems: readonly string[] = [];
  let shown: string | undefined;
  const judge = async (object: KubeObject): Promise<boolean> => {
    last = object;
    const own = kind.of(object);
    const readiness = own.ready ? await readinessAround(cluster, object, signal) : own;
    problems = readiness.problems;
    if (readiness.status !== undefined && readiness.status !== shown) {
      shown = readiness.status;
      context.logStatus("info", readiness.status);
    }
    if (readiness.failed) {
      throw notInitialized(object, readiness);
    }
    return readiness.ready;
  };
  try {
    await watchUntil(cluster, created, signal, judge);
  } catch (error) {
    if (!signal.aborted || error instanceof NotReadyError) {
      throw error;
    }
    throw new NotReadyError(endOfWait(last, limit.aborted), last, problems);
  }
}

/** Judges an object once, as a refresh does. Throws {@link NotReadyError}. */
export function assertReady(inputs: KubeObject, live: KubeObject): void {
  const kind = readinessOf(inputs, live);
  if (kind?.onRead && !skipsAwait(inputs)) {
    const readiness = kind.of(live);
    if (!readiness.ready) {
      throw notInitialized(live, readiness);
    }
  }
}

function notInitialized(object: KubeObject, readiness: Readiness): NotReadyError {
  return new NotReadyError(
    `Resource '${nameOf(object)}' was created but failed to initialize`,
    object,
    readiness.problems,
  );
}

function endOfWait(object: KubeObject, timedOut: boolean): string {
  return timedOut
    ? `'${nameOf(object)}' timed out waiting to be Ready`
    : `Resource operation was cancelled for "${nameOf(object)}"`;
}

/** Calls `judge` with the object and each of its changes until it says yes. */
async function watchUntil(
  cluster: Cluster,
  object: KubeObject,
  signal: AbortSignal,
  judge: (object: KubeObject) => Promise<boolean>,
): Promise<void> {
  let current = object;
  while (!(await judge(current))) {
    // What lies around the object (Endpoints, classes) is not watched: look again after a second without news.
    const pause = AbortSignal.any([signal, AbortSignal.timeout(1000)]);
    let news = false;
    try {
      for await (const event of cluster.watch(current, kindOf(object) === "Pod" ? signal : pause)) {
        news = event.type === "ADDED" || event.type === "MODIFIED";
        if (news && (await judge(event.object))) {
          return;
        }
        if (event.type === "DELETED") {
          throw new NotReadyError(
            `Resource '${nameOf(object)}' was deleted while it was waited for`,
            event.object,
            [],
          );
        }
      }
    } catch (error) {
      if (error instanceof NotReadyError || signal.aborted) {
        throw error;
      }
    }
    await sleep(news ? 0 : 200, undefined, { signal });
    current = await cluster.get(object, signal);
  }
}

/** Deletes an object and waits until it is gone. One that is gone already is fine. Throws {@link NotReadyError}. */
export async function deleteAndWait(
  cluster: Cluster,
  inputs: KubeObject,
  live: KubeObject,
  context: OperationContext,
): Promise<void> {
  const limit = AbortSignal.timeout(timeoutSeconds(context, inputs, 600) * 1000);
  const signal = AbortSignal.any([limit, context.signal]);
  let last = live;
  try {
    await cluster.delete(live, propagation(inputs), signal);
    if (skipsAwait(inputs) && skipsDeletion.has(kindOf(live))) {
      return;
    }
    for (let pause = 50; ; pause = Math.min(pause * 2, 1000)) {
      const found = await cluster.find(live, signal);
      if (found === undefined || isAnother(found, live)) {
        return;
      }
      last = found;
      await sleep(pause, undefined, { signal });
    }
  } catch (error) {
    if (isNotFound(error)) {
      return;
    }
    if (!signal.aborted) {
      throw error;
    }
    throw new NotReadyError(endOfWait(last, limit.aborted), last, [
      `Timed out waiting for deletion of ${kindOf(live)} "${nameOf(live)}"`,
    ]);
  }
}

/** Kinds whose deletion the annotation skipAwait does not wait for. */
const skipsDeletion = new Set([
  "Namespace",
  "Pod",
  "ReplicationController",
  "DaemonSet",
  "Deployment",
  "StatefulSet",
  "Job",
]);

function propagation(inputs: KubeObject): string {
  const policy = annotationOf(inputs, "pulumi.com/deletionPropagationPolicy").toLowerCase();
  return policy === "orphan" ? "Orphan" : policy === "background" ? "Background" : "Foreground";
}

/** Somebody has made a new object of the same name meanwhile. */
function isAnother(found: KubeObject, deleted: KubeObject): boolean {
  const uid = (object: KubeObject) => (object.metadata as { uid?: string } | undefined)?.uid;
  return uid(deleted) !== undefined && uid(found) !== uid(deleted);
}
