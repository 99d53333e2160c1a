import type { PropertyMap } from "./values";

/** An input that the provider refuses. */
export interface CheckFailure {
  /** Path of the property; empty for the whole. */
  readonly property: string;
  readonly reason: string;
}

export interface CheckResult {
  readonly inputs: PropertyMap;
  readonly failures: readonly CheckFailure[];
}

export interface CheckRequest {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly olds: PropertyMap;
  readonly news: PropertyMap;
  /** Fixed by the engine for this resource and this update: what is derived from it is equal in preview and up. */
  readonly randomSeed: Uint8Array;
}

export interface DiffRequest {
  readonly id: string;
  readonly urn: string;
  readonly type: string;
  /** State of the resource. */
  readonly olds: PropertyMap;
  readonly oldInputs: PropertyMap;
  readonly news: PropertyMap;
}

/** How one property differs; the suffix tells that the change needs a new resource. */
export type DetailedKind = "add" | "delete" | "update" | "add-replace" | "delete-replace" | "update-replace";

export interface DiffResult {
  readonly changes: boolean;
  readonly detailed: Readonly<Record<string, DetailedKind>>;
  readonly deleteBeforeReplace: boolean;
}

/** What an operation may use while it runs. */
export interface OperationContext {
  readonly urn: string;
  /** Aborted when the engine cancels or hangs up. */
  readonly signal: AbortSignal;
  /** Seconds of the resource's customTimeouts, which the provider has to keep; 0 when there is none. */
  readonly timeoutSeconds: number;
  /** Shows a line beside the resource while it is being worked on. */
  logStatus(severity: "info" | "warning", message: string): void;
}

export interface CreateRequest {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly properties: PropertyMap;
  readonly preview: boolean;
}

export interface UpdateRequest {
  readonly urn: string;
  readonly type: string;
  readonly id: string;
  readonly olds: PropertyMap;
  readonly oldInputs: PropertyMap;
  readonly news: PropertyMap;
  readonly preview: boolean;
}

export interface ReadRequest {
  readonly urn: string;
  readonly type: string;
  readonly id: string;
  readonly properties: PropertyMap;
  readonly inputs: PropertyMap;
}

export interface ReadResult {
  /** Empty when the resource is gone. */
  readonly id: string;
  readonly properties: PropertyMap;
  readonly inputs: PropertyMap;
}

export interface DeleteRequest {
  readonly urn: string;
  readonly type: string;
  readonly id: string;
  readonly properties: PropertyMap;
  readonly oldInputs: PropertyMap;
}

/** A resource provider, without the wire. */
export interface Provider {
  readonly version: string;
  checkConfig(news: PropertyMap): Promise<CheckResult>;
  diffConfig(olds: PropertyMap, news: PropertyMap): Promise<DiffResult>;
  configure(args: PropertyMap): Promise<void>;
  invoke(token: string, args: PropertyMap, context: OperationContext): Promise<PropertyMap>;
  check(request: CheckRequest): Promise<CheckResult>;
  diff(request: DiffRequest): Promise<DiffResult>;
  create(request: CreateRequest, context: OperationContext): Promise<{ id: string; properties: PropertyMap }>;
  read(request: ReadRequest, context: OperationContext): Promise<ReadResult>;
  update(request: UpdateRequest, context: OperationContext): Promise<PropertyMap>;
  delete(request: DeleteRequest, context: OperationContext): Promise<void>;
}

/** Thrown when a resource exists but did not become what it should: the engine keeps its state, and marks it. */
export class InitializationError extends Error {
  constructor(
    readonly id: string,
    readonly properties: PropertyMap,
    readonly inputs: PropertyMap,
    message: string,
    readonly reasons: readonly string[],
  ) {
    super(message);
  }
}

/** Said of anything that the official plugin does and the stand-in does not. */
export class NotInStandIn extends Error {
  constructor(plugin: string, what: string) {
    super(
      `the stand-in for the plugin "${plugin}" does not implement ${what}; ` +
        "bring the official plugin in with ETCD_RECOVERY_PLUGINS",
    );
  }
}
