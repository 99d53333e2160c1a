import type { ServerUnaryCall, UntypedServiceImplementation } from "@grpc/grpc-js";
import { version } from "@pulumi/pulumi/package.json";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as rpc from "@pulumi/pulumi/proto/language_pb";
import { PackageDependency, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { servePlugin } from "../rpc/pluginServer";
import { absent, fromStruct, unary } from "../rpc/wire";
import { directDependencies, pluginPackages } from "./packages";
import type { ProgramRun, RuntimeOptions } from "./programArguments";
import { runProgram } from "./programRun";

let engineAddress = process.argv[2] ?? "";
const programs = new AbortController();

/** Stand-in for the language host `nodejs`: runs programs, and generates nothing. */
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
  installDependencies: (call: { destroy(error: Error): void }) =>
    call.destroy(new Error("the stand-in for the language host does not install packages; run npm ci")),
  runPlugin: (call: { destroy(error: Error): void }) =>
    call.destroy(new Error("RunPlugin is not implemented by the stand-in")),
  generateProgram: absent("GenerateProgram"),
  generateProject: absent("GenerateProject"),
  generatePackage: absent("GeneratePackage"),
  pack: absent("Pack"),
  link: absent("Link"),
} as UntypedServiceImplementation;

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
