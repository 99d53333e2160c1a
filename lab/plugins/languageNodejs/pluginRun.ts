import { spawn } from "node:child_process";
import type { ServerWritableStream } from "@grpc/grpc-js";
import { type RunPluginRequest, RunPluginResponse } from "@pulumi/pulumi/proto/language_pb";
import { findRunner } from "./programArguments";

/**
 * Runs a provider that is a program of Node in a directory, by the SDK's runner of its own node_modules, as long as the
 * engine's call lasts; what it prints goes to the engine, which reads the provider's port there.
 */
export function runPlugin(call: ServerWritableStream<RunPluginRequest, RunPluginResponse>): void {
  const request = call.request;
  const directory = request.getInfo()?.getProgramDirectory() ?? "";
  const child = spawn("node", pluginArguments(directory, request.getArgsList()), {
    cwd: request.getPwd(),
    env: { ...process.env, ...environmentOf(request.getEnvList()) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.on("data", (bytes: Buffer) => call.write(new RunPluginResponse().setStdout(bytes)));
  child.stderr.on("data", (bytes: Buffer) => call.write(new RunPluginResponse().setStderr(bytes)));
  const kill = () => child.kill("SIGKILL");
  call.on("cancelled", kill);
  process.once("exit", kill);
  child.on("error", (error) => call.emit("error", error));
  child.on("close", (code) => {
    process.removeListener("exit", kill);
    call.write(new RunPluginResponse().setExitcode(code ?? 1));
    call.end();
  });
}

/** Arguments of node: the runner, the provider's directory, and what the engine tells a provider. */
export function pluginArguments(directory: string, args: readonly string[]): string[] {
  return [findRunner(directory, "run-plugin"), directory, ...args];
}

/** `NAME=value` entries as an environment; a value may have equals signs of its own. */
export function environmentOf(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const [name = ""] = entry.split("=", 1);
      return [name, entry.slice(name.length + 1)];
    }),
  );
}
