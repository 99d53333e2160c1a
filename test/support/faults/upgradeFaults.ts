import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { FaultFiles, FaultRule } from "./faultFiles";
import type { FaultRules } from "./faultRules";
import { refusal, soon } from "./httpFaults";
import { requestLine } from "./requestLine";
import { inputFault, runScript } from "./streamFaults";
import { joinTunnel, type TunnelMode } from "./tunnel";
import type { UpstreamServer } from "./upstreamServer";

/** Requests that become a stream in both directions (exec by WebSocket or SPDY): passed on, or met by a fault. */
export class UpgradeFaults {
  constructor(
    private readonly files: FaultFiles,
    private readonly rules: FaultRules,
    private readonly upstream: UpstreamServer,
  ) {}

  async serve(request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    client.on("error", () => undefined);
    const { method = "", url = "" } = request;
    const line = requestLine({ method, url, userAgent: request.headers["user-agent"], body: "" });
    const rule = line === undefined ? undefined : this.rules.meet(line);
    const join = (mode: TunnelMode) => this.join(request, client, head, rule, mode);
    if (rule === undefined) await join("open");
    else await this.strike(rule, request, client, join);
  }

  private async strike(
    rule: FaultRule,
    request: IncomingMessage,
    client: Duplex,
    join: (mode: TunnelMode) => Promise<void>,
  ): Promise<void> {
    const { action } = rule;
    switch (action) {
      case "refuse":
      case "every":
        return refuse(client, rule);
      case "hang":
        // Read, so that the client's going is noticed.
        client.resume().once("end", () => client.destroy());
        return;
      case "reset":
        client.destroy();
        return;
      case "kill":
        this.rules.kill();
        client.destroy();
        return;
      case "reset-after":
      case "kill-after":
        await join("silent");
        if (action === "kill-after") this.rules.kill();
        client.destroy();
        return;
      case "kill-soon":
        setTimeout(() => this.rules.kill(), soon[action]);
        return join("open");
      case "kill-hung":
        setTimeout(() => {
          this.rules.kill();
          client.destroy();
        }, soon[action]);
        return;
      case "kill-late":
        this.rules.kill();
        if (await this.rules.released(rule)) await join("lasting");
        else client.destroy();
        return;
      case "unplug":
        if (!/[?&]stdin=(true|1)(&|$)/.test(request.url ?? "")) await runScript(this.files.unplug);
        return join("open");
      case "flip":
        return isWebSocket(request) ? join("open") : refuse(client, rule);
      case "cut":
        return join("open");
    }
  }

  private join(
    request: IncomingMessage,
    client: Duplex,
    head: Buffer,
    rule: FaultRule | undefined,
    mode: TunnelMode,
  ): Promise<void> {
    const sent = this.upstream.open(request, true);
    const input = inputFault(rule, isWebSocket(request), this.files.unplug);
    return joinTunnel({ client, head, sent, input }, mode);
  }
}

function isWebSocket(request: IncomingMessage): boolean {
  return request.headers.upgrade?.toLowerCase() === "websocket";
}

function refuse(client: Duplex, { action }: FaultRule): void {
  const body = refusal(action);
  const head = ["HTTP/1.1 503 Service Unavailable", "Content-Type: application/json", "Connection: close"];
  client.end(`${head.join("\r\n")}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
