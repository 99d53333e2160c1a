import {
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";

/** Values reach 400 MiB in the engine's own limit. */
const messageLimit = 400 * 1024 * 1024;
/** How long a plugin whose engine has died waits for work that it cannot stop. */
const orphanLimitMilliseconds = 5 * 60_000;

/**
 * Serves on a free loopback port and tells the engine so: the port alone on the first line of stdout.
 * When the engine dies, `onOrphaned` runs and the process ends with it.
 */
export function servePlugin(
  definition: ServiceDefinition,
  implementation: UntypedServiceImplementation,
  onOrphaned: () => Promise<void>,
): void {
  const server = new Server({
    "grpc.max_receive_message_length": messageLimit,
    "grpc.max_send_message_length": messageLimit,
  });
  server.addService(definition, implementation);
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) {
      process.stderr.write(`cannot serve: ${error.message}\n`);
      process.exit(1);
    }
    process.stdout.write(`${port}\n`);
  });
  watchParent(onOrphaned);
  // The engine asks by SIGINT and waits a second before it kills.
  process.on("SIGINT", () => process.exit(0));
  process.on("SIGTERM", () => process.exit(0));
}

function watchParent(onOrphaned: () => Promise<void>): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) {
      return;
    }
    clearInterval(timer);
    setTimeout(() => process.exit(1), orphanLimitMilliseconds);
    void onOrphaned().finally(() => process.exit(1));
  }, 1000);
  timer.unref();
}
