import { diffMaps, formatPath } from "../rpc/propertyDiff";
import {
  type CheckRequest,
  type CheckResult,
  type CreateRequest,
  type DeleteRequest,
  type DetailedKind,
  type DiffRequest,
  type DiffResult,
  NotInStandIn,
  type OperationContext,
  type Provider,
  type ReadRequest,
  type UpdateRequest,
} from "../rpc/provider";
import { compact, containsUnknown, deepEquals, type PropertyMap, plainMap } from "../rpc/values";
import { checkInputs } from "./checkInputs";
import { diffResource } from "./diffResource";
import { activeCluster } from "./kubeconfig";
import { createResource, deleteResource, readResource, updateResource } from "./resourceOperations";
import { openSession, type Session } from "./session";

/** Stand-in for the provider plugin `kubernetes`: any kind that the API server serves, but for Patch resources. */
export class KubernetesProvider implements Provider {
  #session: Session | undefined;

  constructor(readonly version: string) {}

  async checkConfig(news: PropertyMap): Promise<CheckResult> {
    return { inputs: compact(news), failures: [] };
  }

  /** A kubeconfig that leads to another cluster makes a new provider, and so new resources; anything else is an update. */
  async diffConfig(olds: PropertyMap, news: PropertyMap): Promise<DiffResult> {
    const detailed: Record<string, DetailedKind> = {};
    for (const change of diffMaps(plainMap(compact(olds)), plainMap(compact(news)))) {
      detailed[formatPath(change.path)] = change.kind;
    }
    const path = ["kubeconfig", "context", "cluster"].find((name) => name in detailed);
    if (path !== undefined && (containsUnknown(news) || (await leadsElsewhere(olds, news)))) {
      detailed[path] = "update-replace";
    }
    return { changes: Object.keys(detailed).length > 0, detailed, deleteBeforeReplace: false };
  }

  async configure(args: PropertyMap): Promise<void> {
    this.#session = await openSession(args);
  }

  async invoke(token: string): Promise<PropertyMap> {
    throw new NotInStandIn("kubernetes", `the function ${token}`);
  }

  async check(request: CheckRequest): Promise<CheckResult> {
    return await checkInputs(this.#configured(), request);
  }

  async diff(request: DiffRequest): Promise<DiffResult> {
    return await diffResource(this.#configured(), request);
  }

  async create(request: CreateRequest, context: OperationContext) {
    return await createResource(this.#configured(), request, context);
  }

  async read(request: ReadRequest, context: OperationContext) {
    return await readResource(this.#configured(), request, context);
  }

  async update(request: UpdateRequest, context: OperationContext) {
    return await updateResource(this.#configured(), request, context);
  }

  async delete(request: DeleteRequest, context: OperationContext): Promise<void> {
    await deleteResource(this.#configured(), request, context);
  }

  /** The engine may check resources before it can configure the provider: then nothing is known of a cluster. */
  #configured(): Session {
    this.#session ??= {
      settings: {
        namespace: "",
        configMapMutable: false,
        secretMutable: false,
        patchForce: false,
        deleteUnreachable: false,
      },
      namespace: "default",
      cluster: undefined,
      unreachable: "the provider is not configured",
    };
    return this.#session;
  }
}

async function leadsElsewhere(olds: PropertyMap, news: PropertyMap): Promise<boolean> {
  const [before, after] = await Promise.all([activeCluster(plainMap(olds)), activeCluster(plainMap(news))]);
  return !deepEquals(before, after);
}
