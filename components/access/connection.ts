import * as http from "node:http";
import * as https from "node:https";
import { isIP } from "node:net";
import * as tls from "node:tls";
import type { ClusterAccess } from "./clusterAccess";
import { environmentProxy } from "./proxy";

/** The way to one API server: directly or through a proxy, with kept connections for ordinary requests. */
export class Connection {
  /** What every TLS handshake with the server has in common; the client's certificate comes with each request. */
  readonly tls: tls.ConnectionOptions;
  private readonly proxy: URL | undefined;
  private readonly closing = new AbortController();
  private kept: Promise<http.Agent> | undefined;

  constructor(private readonly access: ClusterAccess) {
    const { serverName, server } = access;
    this.proxy = access.proxy ?? environmentProxy(server);
    this.tls = {
      ...(access.authority === undefined ? {} : { ca: access.authority }),
      rejectUnauthorized: !access.insecure,
      servername: isIP(serverName) === 0 ? serverName : "",
      // Node takes the name from the socket, which behind a proxy is the proxy's.
      checkServerIdentity: (_host, certificate) => tls.checkServerIdentity(serverName, certificate),
    };
  }

  /** Address of a path on the server, which may itself lie below a path. */
  url(pathAndQuery: string): URL {
    const { origin, pathname } = this.access.server;
    return new URL(`${origin}${pathname.replace(/\/+$/, "")}${pathAndQuery}`);
  }

  /** Keeps connections for the next request, until {@link close}. */
  agent(): Promise<http.Agent> {
    this.kept ??= this.newAgent({ keepAlive: true, scheduling: "lifo" });
    return this.kept;
  }

  /** For a connection that is used once; undefined where there is no proxy, since none is needed then. */
  async singleAgent(): Promise<http.Agent | undefined> {
    return this.proxy === undefined && this.access.socket === undefined ? undefined : this.newAgent({});
  }

  /** Ends all kept connections, and those to a proxy that does not answer. */
  close(): void {
    this.closing.abort();
    void this.kept?.then((agent) => agent.destroy());
  }

  private async newAgent(options: http.AgentOptions): Promise<http.Agent> {
    const agent = await this.agentOf(options);
    // From Node 22.23 and 24.21 on, no connection is kept whose requests alone bring a check of the name. Not given to
    // the constructor: it would be the check of an HTTPS proxy's name too.
    const { checkServerIdentity } = this.tls;
    Object.assign((agent as http.Agent & { options: object }).options, { checkServerIdentity });
    return agent;
  }

  private async agentOf(options: http.AgentOptions): Promise<http.Agent> {
    const { proxy } = this;
    const { socket } = this.access;
    if (socket !== undefined)
      return new https.Agent({ ...options, socketPath: socket } as https.AgentOptions);
    if (proxy === undefined)
      return this.access.server.protocol === "https:" ? new https.Agent(options) : new http.Agent(options);
    if (proxy.protocol === "socks5:") {
      const { SocksProxyAgent } = await import("socks-proxy-agent");
      // As in kubectl, the proxy looks the name up.
      return new SocksProxyAgent(proxy.href.replace(/^socks5:/, "socks5h:"), options);
    }
    const { HttpsProxyAgent } = await import("https-proxy-agent");
    const { signal } = this.closing;
    return new HttpsProxyAgent(proxy.href, { ...options, ...this.proxyTrust(proxy), signal });
  }

  /** As in kubectl, the cluster's authority vouches for the proxy too; so do the public ones. */
  private proxyTrust({ protocol }: URL): tls.ConnectionOptions {
    const { authority, insecure } = this.access;
    if (protocol !== "https:") return {};
    const ca = authority === undefined ? {} : { ca: [authority, ...tls.rootCertificates] };
    return { ...ca, rejectUnauthorized: !insecure };
  }
}
