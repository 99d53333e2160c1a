import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { EngineLog } from "./engineLog";
import { Operations } from "./operations";
import { servePlugin } from "./pluginServer";
import type { CheckResult, DetailedKind, DiffResult, Provider } from "./provider";
import { absent, fromStruct, toStruct, unary } from "./wire";

const kinds: Readonly<Record<DetailedKind, rpc.PropertyDiff.Kind>> = {
  add: rpc.PropertyDiff.Kind.ADD,
  "add-replace": rpc.PropertyDiff.Kind.ADD_REPLACE,
  delete: rpc.PropertyDiff.Kind.DELETE,
  "delete-replace": rpc.PropertyDiff.Kind.DELETE_REPLACE,
  update: rpc.PropertyDiff.Kind.UPDATE,
  "update-replace": rpc.PropertyDiff.Kind.UPDATE_REPLACE,
};

/** Puts a provider on the wire and serves until the engine ends it. The engine's address is the first argument. */
export function serveProvider(provider: Provider): void {
  const log = new EngineLog();
  log.connect(process.argv[2] ?? "");
  const operations = new Operations(log);
  const implementation = {
    ...omitted,
    ...lifecycle(provider, log, operations),
    ...reads(provider, operations),
    ...writes(provider, operations),
  };
  servePlugin(ResourceProviderService, implementation, () => operations.cancel());
}

function lifecycle(provider: Provider, log: EngineLog, operations: Operations): UntypedServiceImplementation {
  return {
    handshake: unary(async (request: rpc.ProviderHandshakeRequest) => {
      log.connect(request.getEngineAddress());
      const response = new rpc.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      return response;
    }),
    attach: unary(async () => new Empty()),
    getPluginInfo: unary(async () => new PluginInfo().setVersion(provider.version)),
    cancel: unary(async () => {
      void operations.cancel();
      return new Empty();
    }),
    checkConfig: unary(async (request: rpc.CheckRequest) =>
      toCheckResponse(await provider.checkConfig(fromStruct(request.getNews()))),
    ),
    diffConfig: unary(async (request: rpc.DiffRequest) =>
      toDiffResponse(
        await provider.diffConfig(
          fromStruct(request.getOldInputs() ?? request.getOlds()),
          fromStruct(request.getNews()),
        ),
      ),
    ),
    configure: unary(async (request: rpc.ConfigureRequest) => {
      await provider.configure(fromStruct(request.getArgs()));
      const response = new rpc.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      return response;
    }),
  } as UntypedServiceImplementation;
}

/** Calls that a provider may leave out. */
const omitted = {
  parameterize: absent("Parameterize"),
  getSchema: absent("GetSchema"),
  call: absent("Call"),
  construct: absent("Construct"),
  getMapping: unary(async () => new rpc.GetMappingResponse()),
  getMappings: unary(async () => new rpc.GetMappingsResponse()),
  list: (call: { destroy(error: Error): void }) =>
    call.destroy(new Error("List is not implemented by the stand-in")),
} as UntypedServiceImplementation;

/** Calls that change nothing. */
function reads(provider: Provider, operations: Operations): UntypedServiceImplementation {
  return {
    invoke: unary(async (request: rpc.InvokeRequest, call) => {
      const result = await operations.run(call, "", 0, (context) =>
        provider.invoke(request.getTok(), fromStruct(request.getArgs()), context),
      );
      return new rpc.InvokeResponse().setReturn(toStruct(result));
    }),
    check: unary(async (request: rpc.CheckRequest) => {
      const olds = fromStruct(request.getOlds());
      const news = fromStruct(request.getNews());
      const randomSeed = request.getRandomseed_asU8();
      return toCheckResponse(await provider.check({ ...identity(request), olds, news, randomSeed }));
    }),
    diff: unary(async (request: rpc.DiffRequest) =>
      toDiffResponse(await provider.diff({ ...identity(request), ...existing(request) })),
    ),
    read: unary(async (request: rpc.ReadRequest, call) => {
      const properties = fromStruct(request.getProperties());
      const work = {
        ...identity(request),
        id: request.getId(),
        properties,
        inputs: fromStruct(request.getInputs()),
      };
      const found = await operations.run(call, work.urn, request.getTimeout(), (context) =>
        provider.read(work, context),
      );
      const response = new rpc.ReadResponse().setId(found.id);
      return response.setProperties(toStruct(found.properties)).setInputs(toStruct(found.inputs));
    }),
  } as UntypedServiceImplementation;
}

function writes(provider: Provider, operations: Operations): UntypedServiceImplementation {
  return {
    create: unary(async (request: rpc.CreateRequest, call) => {
      const properties = fromStruct(request.getProperties());
      const work = { ...identity(request), properties, preview: request.getPreview() };
      const created = await operations.run(call, work.urn, request.getTimeout(), (context) =>
        provider.create(work, context),
      );
      return new rpc.CreateResponse().setId(created.id).setProperties(toStruct(created.properties));
    }),
    update: unary(async (request: rpc.UpdateRequest, call) => {
      const work = { ...identity(request), ...existing(request), preview: request.getPreview() };
      const properties = await operations.run(call, work.urn, request.getTimeout(), (context) =>
        provider.update(work, context),
      );
      return new rpc.UpdateResponse().setProperties(toStruct(properties));
    }),
    delete: unary(async (request: rpc.DeleteRequest, call) => {
      const properties = fromStruct(request.getProperties());
      const oldInputs = fromStruct(request.getOldInputs());
      const work = { ...identity(request), id: request.getId(), properties, oldInputs };
      await operations.run(call, work.urn, request.getTimeout(), (context) => provider.delete(work, context));
      return new Empty();
    }),
  } as UntypedServiceImplementation;
}

/** The engine sends name and type beside the URN; older ones only the URN: `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`. */
function identity(request: { getUrn(): string; getType(): string; getName(): string }) {
  const urn = request.getUrn();
  const [, , qualifiedType = "", ...name] = urn.split("::");
  return {
    urn,
    type: request.getType() || (qualifiedType.split("$").at(-1) ?? ""),
    name: request.getName() || name.join("::"),
  };
}

function existing(request: rpc.DiffRequest | rpc.UpdateRequest) {
  return {
    id: request.getId(),
    olds: fromStruct(request.getOlds()),
    oldInputs: fromStruct(request.getOldInputs()),
    news: fromStruct(request.getNews()),
  };
}

function toCheckResponse(result: CheckResult): rpc.CheckResponse {
  const response = new rpc.CheckResponse().setInputs(toStruct(result.inputs));
  for (const failure of result.failures) {
    response.addFailures(new rpc.CheckFailure().setProperty(failure.property).setReason(failure.reason));
  }
  return response;
}

function toDiffResponse(result: DiffResult): rpc.DiffResponse {
  const { DIFF_SOME, DIFF_NONE } = rpc.DiffResponse.DiffChanges;
  const response = new rpc.DiffResponse()
    .setChanges(result.changes ? DIFF_SOME : DIFF_NONE)
    .setDeletebeforereplace(result.deleteBeforeReplace)
    .setHasdetaileddiff(true);
  for (const [path, kind] of Object.entries(result.detailed)) {
    response.getDetaileddiffMap().set(path, new rpc.PropertyDiff().setKind(kinds[kind]));
    response.addDiffs(path);
    if (kind.endsWith("-replace")) {
      response.addReplaces(path);
    }
  }
  return response;
}
