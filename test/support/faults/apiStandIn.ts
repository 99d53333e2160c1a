import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { type WebSocket, WebSocketServer } from "ws";
import { CertificateAuthority } from "../../../lab/clusters/certificateAuthority";
import { renderKubeconfig } from "../../../lab/clusters/kubeconfig";
import { wholeBody } from "./httpFaults";

/** A request as the stand-in has got it. */
export interface SeenRequest {
  /** "METHOD URL BODY". */
  readonly line: string;
  /** Common name of the client's certificate. */
  readonly certificate: string | undefined;
  readonly authorization: string | undefined;
}

/**
 * Answers as an API server does where a proxy could go wrong: plain requests, a watch, exec by WebSocket and by a raw
 * upgrade, and an upgrade that is forbidden.
 */
export class ApiStandIn {
  readonly seen: SeenRequest[] = [];
  /** Standard input of all execs so far. */
  input = Buffer.alloc(0);
  private readonly webSockets = new WebSocketServer({
    noServer: true,
    handleProtocols: () => "v5.channel.k8s.io",
  });

  private constructor(
    private readonly directory: string,
    private readonly server: Server,
  ) {
    server.on("request", (request, response) => void this.answer(request, response));
    server.on("upgrade", (request, socket, head) => this.upgrade(request, socket, head));
  }

  static async start(): Promise<ApiStandIn> {
    const directory = mkdtempSync(join(tmpdir(), "etcd-recovery-api-"));
    const authority = await CertificateAuthority.make(directory, "ca", "stand-in");
    const names = ["IP:127.0.0.1"];
    await authority.issue({ file: "server", subject: "/CN=server", usages: ["serverAuth"], names });
    await authority.issue({ file: "admin", subject: "/CN=admin", usages: ["clientAuth"] });
    const [ca, cert, key] = ["ca.crt", "server.crt", "server.key"].map((name) =>
      readFileSync(join(directory, name)),
    );
    const server = createServer({ ca, cert, key, requestCert: true, rejectUnauthorized: false });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const kubeconfig = await renderKubeconfig({
      cluster: "lab",
      server: `https://127.0.0.1:${port}`,
      authority: authority.certificatePath,
      client: join(directory, "admin"),
    });
    const standIn = new ApiStandIn(directory, server);
    writeFileSync(standIn.kubeconfig, kubeconfig, { mode: 0o600 });
    return standIn;
  }

  get kubeconfig(): string {
    return join(this.directory, "admin.kubeconfig");
  }

  forget(): void {
    this.seen.length = 0;
    this.input = Buffer.alloc(0);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
    for (const client of this.webSockets.clients) client.terminate();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await wholeBody(request);
    this.see(request, ` ${body}`);
    if (!request.url?.includes("watch=true")) {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ method: request.method, bytes: body?.length }));
      return;
    }
    response.flushHeaders();
    response.write("first\n");
    setTimeout(() => response.write("second\n"), 100);
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.see(request);
    socket.on("error", () => undefined);
    if (request.url?.includes("forbidden")) {
      socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    } else if (request.headers.upgrade === "websocket") {
      this.webSockets.handleUpgrade(request, socket, head, (client) => this.exec(request, client));
    } else {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n");
      socket.on("data", (chunk: Buffer) => this.take(chunk));
      socket.pipe(socket);
    }
  }

  /** Without standard input, the command ends at once; with it, when the client says that this has ended. */
  private exec(request: IncomingMessage, client: WebSocket): void {
    const end = (text: string) => {
      client.send(Buffer.from(`\x01${text}`));
      client.send(Buffer.from('\x03{"status":"Success"}'));
      client.close();
    };
    client.on("error", () => undefined);
    client.on("message", (message: Buffer) => {
      if (message[0] === 0) this.take(message.subarray(1));
      if (message[0] === 255) end(`${this.input.length} bytes`);
    });
    if (!request.url?.includes("stdin=true")) end("done");
  }

  private take(bytes: Buffer): void {
    this.input = Buffer.concat([this.input, bytes]);
  }

  private see(request: IncomingMessage, body = ""): void {
    const { subject } = (request.socket as TLSSocket).getPeerCertificate();
    const line = `${request.method} ${request.url}${body}`.trim();
    const certificate = subject === undefined ? undefined : String(subject.CN);
    this.seen.push({ line, certificate, authorization: request.headers.authorization });
  }
}
