import { diffMaps, formatPath } from "../rpc/propertyDiff";
import {
  type CheckFailure,
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
  type ReadResult,
  type UpdateRequest,
} from "../rpc/provider";
import { compact, type PropertyMap } from "../rpc/values";
import { checkSource, copyToRemote } from "./copyToRemote";
import {
  checkFields,
  copyToRemoteFields,
  type Fields,
  localCommandFields,
  localRunFields,
  remoteCommandFields,
} from "./inputs";
import { localCommand, runFunction } from "./localCommand";
import { remoteCommand } from "./remoteCommand";
import { checkConnection, completeConnection } from "./remoteInputs";

/** What a type of resource can do. */
interface Resource {
  readonly fields: Fields;
  /** Whether `addPreviousOutputInEnv: true` is written into the inputs when it is absent. */
  readonly remembersOutput: boolean;
  /** What `fields` alone do not find. */
  readonly checkMore?: (inputs: PropertyMap) => readonly CheckFailure[];
  create(request: CreateRequest, context: OperationContext): Promise<{ id: string; properties: PropertyMap }>;
  update(request: UpdateRequest, context: OperationContext): Promise<PropertyMap>;
  delete(request: DeleteRequest, context: OperationContext): Promise<void>;
}

const resourceTypes: Readonly<Record<string, Resource>> = {
  "command:local:Command": { fields: localCommandFields, remembersOutput: true, ...localCommand },
  "command:remote:Command": {
    fields: remoteCommandFields,
    remembersOutput: true,
    ...remoteCommand,
  },
  "command:remote:CopyToRemote": {
    fields: copyToRemoteFields,
    remembersOutput: false,
    checkMore: checkSource,
    ...copyToRemote,
  },
};

function typeOf(type: string): Resource {
  const found = resourceTypes[type];
  if (found === undefined) {
    throw new NotInStandIn("command", `the resource type ${type}`);
  }
  return found;
}

/** Stand-in for the provider plugin `command`. */
export class CommandProvider implements Provider {
  constructor(readonly version: string) {}

  async checkConfig(news: PropertyMap): Promise<CheckResult> {
    return { inputs: news, failures: [] };
  }

  async diffConfig(): Promise<DiffResult> {
    return { changes: false, detailed: {}, deleteBeforeReplace: false };
  }

  async configure(): Promise<void> {}

  async invoke(token: string, args: PropertyMap, context: OperationContext): Promise<PropertyMap> {
    if (token !== "command:local:run") {
      throw new NotInStandIn("command", `the function ${token}`);
    }
    const [failure] = checkFields(token, localRunFields, args);
    if (failure !== undefined) {
      throw new Error(failure.reason);
    }
    return await runFunction({ addPreviousOutputInEnv: true, ...args }, context);
  }

  async check(request: CheckRequest): Promise<CheckResult> {
    const type = typeOf(request.type);
    const given = compact(request.news);
    const inputs = type.remembersOutput ? { addPreviousOutputInEnv: true, ...given } : given;
    const failures = [
      ...checkFields(request.type, type.fields, given),
      ...(type.checkMore?.(given) ?? []),
      ...(type.fields.connection === undefined ? [] : checkConnection(request.type, given.connection)),
    ];
    const connection = completeConnection(given.connection);
    return { inputs: connection === undefined ? inputs : { ...inputs, connection }, failures };
  }

  /** Any input that differs is an update; `triggers` replaces. */
  async diff(request: DiffRequest): Promise<DiffResult> {
    const fields = Object.keys(typeOf(request.type).fields);
    const olds = compact(Object.fromEntries(fields.map((field) => [field, request.olds[field]])));
    const changes = diffMaps(olds, request.news);
    const detailed: Record<string, DetailedKind> = {};
    for (const change of changes) {
      detailed[formatPath(change.path)] =
        change.path[0] === "triggers" ? `${change.kind}-replace` : change.kind;
    }
    return { changes: changes.length > 0, detailed, deleteBeforeReplace: false };
  }

  create(request: CreateRequest, context: OperationContext) {
    return typeOf(request.type).create(request, context);
  }

  update(request: UpdateRequest, context: OperationContext) {
    return typeOf(request.type).update(request, context);
  }

  delete(request: DeleteRequest, context: OperationContext) {
    return typeOf(request.type).delete(request, context);
  }

  /** A command cannot be read: the state is what it was. */
  async read(request: ReadRequest): Promise<ReadResult> {
    return { id: request.id, properties: request.properties, inputs: request.inputs };
  }
}
