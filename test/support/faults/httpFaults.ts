import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import type { FaultAction, FaultFiles, FaultRule } from "./faultFiles";
import type { FaultRules } from "./faultRules";
import { requestLine } from "./requestLine";
import { runScript } from "./streamFaults";
import { endToEndHeaders, type UpstreamServer } from "./upstreamServer";

/** How long a run goes on after the request at which `kill-soon` is due, and waits for the one of `kill-hung`. */
export const soon = { "kill-soon": 1500, "kill-hung": 3000 } as const;

/** Body of the answer to a refused request. */
export function refusal(action: FaultAction): string {
  const message = `injected fault: ${action}`;
  const reason = "ServiceUnavailable";
  return JSON.stringify({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    code: 503,
  });
}

/** Plain requests: passed on, or met by a fault. */
export class HttpFaults {
  constructor(
    private readonly files: FaultFiles,
    private readonly rules: FaultRules,
    private readonly upstream: UpstreamServer,
  ) {}

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "" } = request;
    const userAgent = request.headers["user-agent"];
    if (requestLine({ method, url, userAgent, body: "" }) === undefined) {
      this.pass(response, request.pipe(this.upstream.open(request, false)));
      return;
    }
    const body = await wholeBody(request);
    if (body === undefined) return;
    const line = requestLine({ method, url, userAgent, body: body.toString() });
    const rule = line === undefined ? undefined : this.rules.meet(line);
    const send = () => {
      const sent = this.upstream.open(request, false, body.length);
      sent.end(body);
      return sent;
    };
    if (rule === undefined) this.pass(response, send());
    else await this.strike(rule, response, send);
  }

  /** Nobody waits longer for the answer than the client does. */
  private pass(response: ServerResponse, sent: ClientRequest): void {
    response.once("close", () => sent.destroy());
    sent.on("error", () => response.destroy());
    sent.once("response", (answer) => relay(answer, response));
  }

  private async strike(rule: FaultRule, response: ServerResponse, send: () => ClientRequest): Promise<void> {
    const { action } = rule;
    switch (action) {
      case "hang":
        return;
      case "reset":
        response.destroy();
        return;
      case "kill":
        this.rules.kill();
        response.destroy();
        return;
      case "reset-after":
      case "kill-after":
        await carriedOut(send());
        if (action === "kill-after") this.rules.kill();
        response.destroy();
        return;
      case "kill-soon":
        setTimeout(() => this.rules.kill(), soon[action]);
        this.pass(response, send());
        return;
      case "kill-hung":
        setTimeout(() => {
          this.rules.kill();
          response.destroy();
        }, soon[action]);
        return;
      case "kill-late":
        this.rules.kill();
        if (await this.rules.released(rule)) await this.late(response, send());
        else response.destroy();
        return;
      case "unplug":
        await runScript(this.files.unplug);
        this.pass(response, send());
        return;
      // "cut" and "flip" are for a stream, and this request has none: whoever armed them shall see it.
      default:
        response.writeHead(503, { "content-type": "application/json" }).end(refusal(action));
    }
  }

  /** Whether somebody still waits for the answer or not. */
  private async late(response: ServerResponse, sent: ClientRequest): Promise<void> {
    sent.once("response", (answer) => {
      if (!response.destroyed) relay(answer, response);
    });
    await carriedOut(sent);
  }
}

/** Waits for the whole answer, of a watch for its beginning; a request that fails has been carried out or not. */
function carriedOut(sent: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    sent.on("error", () => resolve());
    sent.once("response", (answer) => {
      if (/[?&](watch|follow)=(true|1)/.test(sent.path)) resolve();
      answer.once("close", () => resolve());
      answer.resume();
    });
  });
}

function relay(answer: IncomingMessage, response: ServerResponse): void {
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEndHeaders(answer));
  // A watch may have no event for long: its headers go at once.
  response.flushHeaders();
  answer.on("error", () => response.destroy());
  answer.pipe(response);
}

/** Undefined when the client went before its end. */
export async function wholeBody(message: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of message) chunks.push(chunk);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}
