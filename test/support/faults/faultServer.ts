import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { FaultFiles } from "./faultFiles";
import { FaultRules } from "./faultRules";
import { HttpFaults } from "./httpFaults";
import { UpgradeFaults } from "./upgradeFaults";
import { longestHeaders, UpstreamServer } from "./upstreamServer";

/**
 * The proxy between the steps and the API server, a process of its own: in the workstation's network of a lab, where a
 * test is not. Its argument is the directory of FaultFiles, with `server.crt` and `server.key`; its first line of
 * output is its port. It ends with its standard input, and so with whoever started it.
 */
function serve(directory: string): void {
  const files = new FaultFiles(directory);
  const upstream = new UpstreamServer(files.upstream);
  const rules = new FaultRules(files);
  const plain = new HttpFaults(files, rules, upstream);
  const upgraded = new UpgradeFaults(files, rules, upstream);
  const [cert, key] = ["server.crt", "server.key"].map((name) => readFileSync(join(directory, name)));
  const server = createServer({ cert, key, maxHeaderSize: longestHeaders });
  // A watch or a hung request lasts as long as its client likes, and no client shall meet a connection just closed.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 600_000;
  server.on("request", (request, response) => {
    response.on("error", () => undefined);
    void plain.serve(request, response);
  });
  server.on("upgrade", (request, socket, head) => void upgraded.serve(request, socket, head));
  server.listen(0, "127.0.0.1", () => {
    process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
  });
  process.stdin.once("end", () => process.exit(0)).resume();
}

serve(process.argv[2] ?? "");
