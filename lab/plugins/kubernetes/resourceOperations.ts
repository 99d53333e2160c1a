import {
  type CreateRequest,
  type DeleteRequest,
  InitializationError,
  type OperationContext,
  type ReadRequest,
  type ReadResult,
  type UpdateRequest,
} from "../rpc/provider";
import { compact, type PropertyMap, plainMap } from "../rpc/values";
import { fieldManagerOf } from "./checkInputs";
import { markSecrets, readCheckpoint, writeCheckpoint } from "./checkpoint";
import { ApiError, isNotFound } from "./kubeApi";
import { normalizeInputs } from "./normalize";
import { apiVersionOf, hasUnknown, idOf, type KubeObject, parseId, withMetadata } from "./objects";
import { pruneLive } from "./prune";
import { NoMatchError } from "./restMapping";
import { isServed, reachable, type Session } from "./session";
import { assertReady, awaitReady, deleteAndWait, NotReadyError } from "./waiting";
import { applyObject, createObject, isForced, NoNamespaceError } from "./writes";

export async function createResource(session: Session, request: CreateRequest, context: OperationContext) {
  const given = compact(request.properties);
  const inputs = plainMap(given);
  if (request.preview && (hasUnknown(inputs) || !(await isServed(session, inputs)))) {
    return { id: "", properties: request.properties };
  }
  const cluster = reachable(session);
  const fieldManager = fieldManagerOf(inputs, "");
  const checkpoint = (live: KubeObject) =>
    writeCheckpoint({ inputs, live, initialApiVersion: apiVersionOf(inputs), fieldManager }, given);
  const options = { fieldManager, dryRun: request.preview, signal: context.signal };
  let created: KubeObject;
  try {
    created = await createObject(cluster, inputs, options, context);
  } catch (error) {
    if (request.preview && isNoObstacleToPreview(error)) {
      return { id: "", properties: request.properties };
    }
    throw new Error(
      `resource "${request.urn}" was not successfully created by the Kubernetes API server: ${messageOf(error)}`,
    );
  }
  if (request.preview) {
    // Nobody has a status yet: what depends on it stays unknown.
    const { status: _, ...preview } = created;
    return { id: "", properties: checkpoint(preview) };
  }
  try {
    await awaitReady(cluster, inputs, created, context);
  } catch (error) {
    const why = `resource "${request.urn}" was successfully created, but the Kubernetes API server reported that it failed to fully initialize or become live`;
    throw partial(error, created, why, checkpoint, {});
  }
  const live = await cluster.get(created, context.signal).catch(() => created);
  return { id: idOf(live), properties: checkpoint(live) };
}

/** Refusals that a real run may not meet: they leave the preview to the inputs alone. */
function isNoObstacleToPreview(error: unknown): boolean {
  return (
    error instanceof NoNamespaceError ||
    (error instanceof ApiError && (error.code === 403 || error.reason === "AlreadyExists"))
  );
}

export async function updateResource(
  session: Session,
  request: UpdateRequest,
  context: OperationContext,
): Promise<PropertyMap> {
  const given = compact(request.news);
  const inputs = normalizeInputs(plainMap(given));
  if (request.preview && (hasUnknown(inputs) || !(await isServed(session, inputs)))) {
    return request.news;
  }
  const cluster = reachable(session);
  const old = readCheckpoint(request.olds);
  const fieldManager = fieldManagerOf(inputs, old.fieldManager);
  const checkpoint = (live: KubeObject) =>
    writeCheckpoint({ inputs, live, initialApiVersion: old.initialApiVersion, fieldManager }, given);
  const force = isForced(inputs, session.settings.patchForce);
  let live: KubeObject | undefined;
  try {
    live = await cluster.get(old.live, context.signal);
    const options = { fieldManager, dryRun: request.preview, force, signal: context.signal };
    const updated = await applyObject(cluster, live, inputs, options);
    if (request.preview) {
      return checkpoint(updated);
    }
    await awaitReady(cluster, inputs, updated, context);
    return checkpoint(await cluster.get(updated, context.signal).catch(() => updated));
  } catch (error) {
    if (request.preview && error instanceof ApiError && error.code === 403) {
      return request.news;
    }
    const known = await cluster.find(old.live).catch(() => undefined);
    if (known === undefined) {
      throw new Error(`update of resource "${request.urn}" failed: ${messageOf(error)}`);
    }
    const why = `the Kubernetes API server reported that "${idOf(known)}" failed to fully initialize or become live`;
    throw partial(error, known, why, checkpoint, {});
  }
}

export async function readResource(
  session: Session,
  request: ReadRequest,
  context: OperationContext,
): Promise<ReadResult> {
  const gone: ReadResult = { id: "", properties: {}, inputs: {} };
  if (session.cluster === undefined && session.settings.deleteUnreachable) {
    return gone;
  }
  if (session.cluster === undefined) {
    throw new Error(
      `failed to read resource state due to unreachable cluster (${session.unreachable}). If the cluster was deleted, you can remove this resource from Pulumi state by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"`,
    );
  }
  const old = readCheckpoint(request.properties);
  const oldInputs = compact(request.inputs);
  const known = Object.keys(oldInputs).length > 0;
  const inputs = known ? normalizeInputs(plainMap(oldInputs)) : soughtObject(request);
  const { namespace, name } = parseId(request.id);
  let live: KubeObject;
  try {
    live = await session.cluster.get(
      withMetadata(inputs, { name, namespace: namespace || undefined }),
      context.signal,
    );
  } catch (error) {
    if (isNotFound(error) || error instanceof NoMatchError) {
      return gone;
    }
    throw error;
  }
  const liveInputs = known ? pruneLive(live, inputs) : normalizeInputs(inputsOfLive(live));
  const fieldManager = fieldManagerOf(inputs, old.fieldManager);
  const initialApiVersion = old.initialApiVersion || apiVersionOf(inputs);
  const checkpoint = (object: KubeObject) =>
    writeCheckpoint({ inputs: liveInputs, live: object, initialApiVersion, fieldManager }, oldInputs);
  const markedInputs = markSecrets(liveInputs, oldInputs);
  try {
    assertReady(inputs, live);
  } catch (error) {
    throw partial(error, live, "", checkpoint, markedInputs);
  }
  return { id: request.id, properties: checkpoint(live), inputs: markedInputs };
}

/** An object that the program only names, by `get` or import: kind and version come from the type `kubernetes:GROUP/VERSION:KIND`. */
function soughtObject(request: ReadRequest): KubeObject {
  const [, version = "", kind = ""] = request.type.split(":");
  return { apiVersion: version.replace(/^core\//, ""), kind, metadata: {} };
}

function inputsOfLive(live: KubeObject): KubeObject {
  const { status: _, ...inputs } = live;
  return inputs;
}

export async function deleteResource(
  session: Session,
  request: DeleteRequest,
  context: OperationContext,
): Promise<void> {
  if (session.cluster === undefined && session.settings.deleteUnreachable) {
    return;
  }
  const cluster = reachable(session);
  const { inputs, live, initialApiVersion, fieldManager } = readCheckpoint(request.properties);
  try {
    await deleteAndWait(cluster, inputs, live, context);
  } catch (error) {
    if (error instanceof NoMatchError) {
      return;
    }
    const checkpoint = (object: KubeObject) =>
      writeCheckpoint({ inputs, live: object, initialApiVersion, fieldManager }, request.properties);
    throw error instanceof NotReadyError ? partial(error, live, "", checkpoint, {}) : error;
  }
}

/** The failure of an operation on an object that exists: the engine keeps its state and marks it. */
function partial(
  error: unknown,
  fallback: KubeObject,
  why: string,
  checkpoint: (live: KubeObject) => PropertyMap,
  inputs: PropertyMap,
): InitializationError {
  const object = error instanceof NotReadyError ? error.object : fallback;
  const message = why === "" ? messageOf(error) : `${why}: ${messageOf(error)}`;
  const problems = error instanceof NotReadyError ? error.problems : [];
  return new InitializationError(idOf(object), checkpoint(object), inputs, message, [message, ...problems]);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
