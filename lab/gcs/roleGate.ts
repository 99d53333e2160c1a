import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { rights as declared, type Right, type Role } from "../../vault/declare/identities";
import type { GateCertificate } from "./gateCertificate";
import { askedOf, isGranted } from "./gateRights";
import { type Federation, GateTokens } from "./gateTokens";

/** A refusal as the gate has said it. */
export interface Refusal {
  readonly role: Role | "nobody";
  readonly permission: string;
  readonly object: string;
}

const EXCHANGE = "/v1/token";
const SECONDS = 3600;

/**
 * Stands in front of fake-gcs-server, which checks nothing, and enforces what the vault declares: a cluster's tokens are
 * exchanged for those of one of its three identities, and each has its own rights. Must be stopped.
 */
export class RoleGate {
  readonly refusals: Refusal[] = [];
  readonly tokens: GateTokens;
  private held: string | undefined;
  /** How many requests are not answered. */
  heldRequests = 0;

  private constructor(
    private readonly target: string,
    private readonly server: Server,
    private readonly address: string,
    federation: Federation,
    private readonly rights: readonly Right[],
  ) {
    this.tokens = new GateTokens(federation);
    server.on("request", (incoming, outgoing) => {
      void this.#pass(incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  /**
   * @param target the fake server's URL. @param address that it listens on and is called by
   * @param rights of the three; default, those that the vault declares
   */
  static async start(
    target: string,
    address: string,
    certificate: GateCertificate,
    federation: Federation,
    rights: readonly Right[] = declared,
  ): Promise<RoleGate> {
    const server = createServer({ cert: certificate.cert, key: certificate.key });
    await new Promise<void>((done, fail) => {
      server.once("error", fail);
      server.listen(0, address, done);
    });
    return new RoleGate(target, server, address, federation, rights);
  }

  get url(): string {
    return `https://${this.address}:${(this.server.address() as AddressInfo).port}`;
  }

  /** What a client reads who has a file with its cluster's token. No secret is in it. */
  credentials(tokenFile: string, audience: string): string {
    return JSON.stringify({
      type: "external_account",
      audience,
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: `${this.url}${EXCHANGE}`,
      credential_source: { file: tokenFile },
    });
  }

  /** Requests whose address has this part are never answered, until it is another. */
  hold(part: string | undefined): void {
    this.held = part;
    this.heldRequests = 0;
  }

  #isHeld(url: string): boolean {
    const isHeld = this.held !== undefined && url.includes(this.held);
    if (isHeld) this.heldRequests += 1;
    return isHeld;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await collected(incoming);
    if (incoming.url === EXCHANGE) return this.#exchange(body.toString("utf8"), outgoing);
    if (this.#isHeld(incoming.url ?? "")) return;
    if (incoming.method === "PUT" && incoming.url?.startsWith("/upload/") === true)
      return this.#upload(incoming, body, outgoing);
    const role = this.tokens.roleOf(incoming.headers.authorization);
    if (role === undefined) {
      this.refusals.push({ role: "nobody", permission: "", object: incoming.url ?? "" });
      return refuse(outgoing, 401, "Invalid Credentials");
    }
    const { method = "GET", url = "/" } = incoming;
    const asked = askedOf(method, url, await this.#exists(url));
    const own = this.rights.filter((one) => one.role === role);
    const refused = asked.find((one) => !isGranted(own, one));
    if (refused !== undefined) {
      this.refusals.push({ role, ...refused });
      const { permission } = refused;
      const who = `${role} does not have ${permission} access to the Google Cloud Storage object.`;
      return refuse(
        outgoing,
        403,
        `${who} Permission '${permission}' denied on resource (or it may not exist).`,
      );
    }
    await this.#forward(incoming, body, outgoing);
  }

  /**
   * Whoever has the address of a session was let in when it began. How far it is, is answered here as the real service does:
   * the fake server takes that question for the end of an empty object.
   */
  async #upload(incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse): Promise<void> {
    const isQuestion = incoming.headers["content-range"] === "bytes */*";
    if (!isQuestion) return this.#forward(incoming, body, outgoing);
    outgoing.writeHead(308).end();
  }

  #exchange(text: string, outgoing: ServerResponse): void {
    try {
      const { token } = this.tokens.exchange(new URLSearchParams(text).get("subject_token") ?? "");
      const answer = {
        access_token: token,
        issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
        token_type: "Bearer",
        expires_in: SECONDS,
      };
      json(outgoing, 200, answer);
    } catch (error) {
      json(outgoing, 400, { error: "invalid_grant", error_description: (error as Error).message });
    }
  }

  /** Whether the object is there that an upload names. */
  async #exists(url: string): Promise<boolean> {
    const { pathname, searchParams } = new URL(url, "http://gate");
    const bucket = /^\/upload\/storage\/v1\/b\/([^/]+)\/o$/.exec(pathname)?.[1];
    const name = searchParams.get("name");
    if (bucket === undefined || name === null) return false;
    return (await fetch(`${this.target}/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}`)).ok;
  }

  async #forward({ method, url, headers }: IncomingMessage, body: Buffer, outgoing: ServerResponse) {
    const { "transfer-encoding": _, authorization: __, ...kept } = headers;
    const all = { ...kept, host: new URL(this.target).host, "content-length": `${body.length}` };
    const answer = await new Promise<IncomingMessage>((done, fail) => {
      const options = { method: method ?? "GET", headers: all };
      request(`${this.target}${url}`, options, done).on("error", fail).end(body);
    });
    // an upload goes on where its first answer says: through the gate too
    const location = answer.headers.location?.replace(this.target, this.url);
    const { "transfer-encoding": ___, ...said } = answer.headers;
    outgoing.writeHead(answer.statusCode ?? 500, {
      ...said,
      ...(location === undefined ? {} : { location }),
    });
    answer.pipe(outgoing);
  }
}

function json(outgoing: ServerResponse, status: number, document: object): void {
  outgoing.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(document));
}

function refuse(outgoing: ServerResponse, code: number, message: string): void {
  json(outgoing, code, { error: { code, message, errors: [{ message, reason: "forbidden" }] } });
}

async function collected(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
