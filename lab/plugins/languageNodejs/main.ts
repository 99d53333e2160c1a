import type { ServerUnaryCall, ServerWritableStream, UntypedServiceImplementation } from "@grpc/grpc-js";
import { version } from "@pulumi/pulumi/package.json";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/language_pb";
import { PackageDependency, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { servePlugin } from "../rpc/pluginServer";
import { absent, fromStruct, unary } from "../rpc/wire";
import { directDependencies, missingDependencies, pluginPackages } from "./packages";
import { runPlugin } from "./pluginRun";
import type { ProgramRun, RuntimeOptions } from "./programArguments";
import { runProgram } from "./programRun";

let engineAddress = process.argv[2] ?? "";
const programs = new AbortController();

/** Stand-in for the language host `nodejs`: runs programs and providers, and generates nothing. */
const implementation = {
  handshake: unary(async (request: rpc.LanguageHandshakeRequest) => {
    engineAddress = request.getEngineAddress() || engineAddress;
    return new rpc.LanguageHandshakeResponse();
  }),
  getPluginInfo: unary(async () => new PluginInfo().setVersion(version)),
  cancel: unary(async () => {
    programs.abort();
    return new Empty();
  }),
  about: unary(async () => {
    return new rpc.AboutResponse().setExecutable(process.execPath).setVersion(process.version);
  }),
  runtimeOptionsPrompts: unary(async () => new rpc.RuntimeOptionsResponse()),
  template: unary(async () => new rpc.TemplateResponse()),
  getRequiredPlugins: absent("GetRequiredPlugins"),
  getRequiredPackages: unary(async (request: rpc.GetRequiredPackagesRequest) => {
    const packages = await pluginPackages(request.getInfo()?.getProgramDirectory() ?? "");
    return new rpc.GetRequiredPackagesResponse().setPackagesList(
      packages.map((found) =>
        new PackageDependency()
          .setName(found.plugin ?? "")
          .setKind("resource")
          .setVersion(`v${found.version}`)
          .setServer(found.pluginServer),
      ),
    );
  }),
  getProgramDependencies: unary(async (request: rpc.GetProgramDependenciesRequest) => {
    const packages = await directDependencies(request.getInfo()?.getProgramDirectory() ?? "");
    return new rpc.GetProgramDependenciesResponse().setDependenciesList(
      packages.map((found) => new rpc.DependencyInfo().setName(found.name).setVersion(found.version)),
    );
  }),
  run: unary(async (request: rpc.RunRequest, call: ServerUnaryCall<rpc.RunRequest, rpc.RunResponse>) => {
    const hangUp = new AbortController();
    call.on("cancelled", () => hangUp.abort());
    const end = await runProgram(toProgramRun(request), AbortSignal.any([programs.signal, hangUp.signal]));
    return new rpc.RunResponse().setError(end.error).setBail(end.bail);
  }),
  installDependencies: (
    call: ServerWritableStream<rpc.InstallDependenciesRequest, rpc.InstallDependenciesResponse>,
  ) => {
    missingDependencies(call.request.getInfo()?.getProgramDirectory() ?? "").then(
      (missing) => {
        if (missing.length === 0) call.end();
        else call.emit("error", notInstalled(missing));
      },
      (error: unknown) => call.emit("error", error),
    );
  },
  runPlugin: (call: ServerWritableStream<rpc.RunPluginRequest, rpc.RunPluginResponse>) => {
    try {
      runPlugin(call);
    } catch (error) {
      call.emit("error", error);
    }
  },
  generateProgram: absent("GenerateProgram"),
  generateProject: absent("GenerateProject"),
  generatePackage: absent("GeneratePackage"),
  pack: absent("Pack"),
  link: absent("Link"),
} as UntypedServiceImplementation;

function notInstalled(missing: readonly string[]): Error {
  return new Error(
    `the stand-in for the language host does not install packages (${missing.join(", ")}); run npm ci`,
  );
}

function toProgramRun(request: rpc.RunRequest): ProgramRun {
  const info = request.getInfo();
  return {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    rootDirectory: info?.getRootDirectory() ?? "",
    programDirectory: info?.getProgramDirectory() ?? request.getPwd(),
    pwd: request.getPwd(),
    entryPoint: info?.getEntryPoint() ?? request.getProgram(),
    parallel: request.getParallel(),
    dryRun: request.getDryrun(),
    args: request.getArgsList(),
    config: Object.fromEntries(request.getConfigMap().toObject()),
    configSecretKeys: request.getConfigsecretkeysList(),
    options: fromStruct(info?.getOptions()) as RuntimeOptions,
  };
}

servePlugin(LanguageRuntimeService, implementation, async () => programs.abort());
