import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import {
  rights as declared,
  type Right,
  type VaultRole,
  watcherRights,
} from "../../vault/declare/identities";
import { type Answer, BehindGate, collected } from "./behindGate";
import type { GateCertificate } from "./gateCertificate";
import { type BucketProtection, GateProtection, type ObjectMetadata } from "./gateProtection";
import { askedOf, changesIn, isGranted } from "./gateRights";
import { type Federation, GateTokens } from "./gateTokens";
import { type StorageRequest, storageRequest } from "./storageRequest";

/** A refusal as the gate has said it. */
export interface Refusal {
  readonly role: VaultRole | "nobody";
  /** What was missing; of an object that is kept from everybody, why. */
  readonly permission: string;
  readonly object: string;
}

/** What a gate enforces. */
export interface Enforced {
  /** Of the identities. Default: those that the vault declares. */
  readonly rights?: readonly Right<VaultRole>[];
  /** Of every bucket behind it. Default: none. */
  readonly protection?: BucketProtection;
}

const EXCHANGE = "/v1/token";
const SECONDS = 3600;

/**
 * Stands in front of fake-gcs-server, which checks nothing, and enforces what the vault declares: a cluster's tokens are
 * exchanged for those of one of its identities, each has its own rights, and retention and soft delete hold against all.
 * Must be stopped.
 */
export class RoleGate {
  readonly refusals: Refusal[] = [];
  readonly tokens: GateTokens;
  readonly protection: GateProtection;
  private readonly rights: readonly Right<VaultRole>[];
  private readonly behind: BehindGate;
  private held: string | undefined;
  /** How many requests are not answered. */
  heldRequests = 0;

  private constructor(
    target: string,
    private readonly server: Server,
    private readonly address: string,
    federation: Federation,
    { rights = [...declared, ...watcherRights], protection = {} }: Enforced,
  ) {
    this.tokens = new GateTokens(federation);
    this.rights = rights;
    this.protection = new GateProtection(protection);
    this.behind = new BehindGate(target);
    server.on("request", (incoming, outgoing) => {
      void this.#pass(incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  /** @param target the fake server's URL. @param address that it listens on and is called by */
  static async start(
    target: string,
    address: string,
    certificate: GateCertificate,
    federation: Federation,
    enforced: Enforced = {},
  ): Promise<RoleGate> {
    const server = createServer({ cert: certificate.cert, key: certificate.key });
    await new Promise<void>((done, fail) => {
      server.once("error", fail);
      server.listen(0, address, done);
    });
    return new RoleGate(target, server, address, federation, enforced);
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
    const { method = "GET", url = "/" } = incoming;
    if (url === EXCHANGE) return this.#exchange(body.toString("utf8"), outgoing);
    if (this.#isHeld(url)) return;
    const isSession = method === "PUT" && url.startsWith("/upload/");
    // how far an upload is: the fake server takes that question for the end of an empty object
    if (isSession && incoming.headers["content-range"] === "bytes */*")
      return void outgoing.writeHead(308).end();
    // whoever has the address of a session was let in when it began
    if (isSession) return this.#forward(incoming, body, outgoing);
    const role = this.tokens.roleOf(incoming.headers.authorization);
    if (role === undefined) {
      this.refusals.push({ role: "nobody", permission: "", object: url });
      return refuse(outgoing, 401, "Invalid Credentials");
    }
    const about = storageRequest(url);
    const present = await this.#presentOf(method, about);
    const asked = askedOf({ method, address: url, exists: present !== undefined, body });
    const own = this.rights.filter((one) => one.role === role);
    const refused = asked.find((one) => !isGranted(own, one));
    if (refused !== undefined) {
      this.refusals.push({ role, ...refused });
      const { permission } = refused;
      const who = `${role} does not have ${permission} access to the Google Cloud Storage object.`;
      const why = `${who} Permission '${permission}' denied on resource (or it may not exist).`;
      return refuse(outgoing, 403, why);
    }
    const goes = present !== undefined && asked.some(({ permission }) => permission.endsWith(".delete"));
    const kept = goes ? this.protection.kept(present) : undefined;
    if (kept !== undefined) {
      this.refusals.push({ role, permission: kept.reason, object: about?.object ?? "" });
      return refuse(outgoing, 403, kept.message, kept.reason);
    }
    if (goes) this.protection.remove(present, await this.behind.bytes(present.bucket, present.name));
    await this.#carryOut(incoming, body, outgoing, about);
  }

  /** The object that a request removes, replaces or makes, where it is there. */
  async #presentOf(method: string, about: StorageRequest | undefined): Promise<ObjectMetadata | undefined> {
    if (about === undefined || about.object === "") return undefined;
    const isChange = about.kind !== "object" || method === "DELETE";
    return isChange ? this.behind.metadata(about.bucket, about.object) : undefined;
  }

  async #carryOut(
    incoming: IncomingMessage,
    body: Buffer,
    outgoing: ServerResponse,
    about: StorageRequest | undefined,
  ): Promise<void> {
    if (about?.kind === "list" && about.query.get("softDeleted") === "true") {
      const removed = this.protection.softDeleted(about.bucket, about.query.get("prefix") ?? "");
      const items = removed.map(({ metadata }) => metadata);
      return json(outgoing, 200, { kind: "storage#objects", items });
    }
    if (about?.kind === "restore") return this.#restore(about, outgoing);
    if (incoming.method === "PATCH" && about?.kind === "object")
      this.protection.hold({ bucket: about.bucket, name: about.object }, changesIn(body));
    await this.#forward(incoming, body, outgoing);
  }

  /** https://cloud.google.com/storage/docs/json_api/v1/objects/restore */
  async #restore({ bucket, object, query }: StorageRequest, outgoing: ServerResponse): Promise<void> {
    const found = this.protection.take(bucket, object, query.get("generation") ?? "");
    if (found === undefined) return refuse(outgoing, 404, `No such object: ${bucket}/${object}`, "notFound");
    const metadata = await this.behind.put(bucket, object, found.bytes);
    this.protection.stored(metadata);
    json(outgoing, 200, this.protection.told(metadata));
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

  async #forward(incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse): Promise<void> {
    const answer = await this.behind.ask(incoming, body);
    // an upload goes on where its first answer says: through the gate too
    const location = answer.headers.location?.replace(this.behind.url, this.url);
    const { "transfer-encoding": _, "content-length": __, ...said } = answer.headers;
    const bytes = this.#told(incoming.url?.startsWith("/upload/") === true, answer);
    const headers = { ...said, ...(location === undefined ? {} : { location }) };
    // the answer to HEAD says a length and has none
    const length = incoming.method === "HEAD" ? answer.headers["content-length"] : `${bytes.length}`;
    outgoing.writeHead(
      answer.status,
      length === undefined ? headers : { ...headers, "content-length": length },
    );
    outgoing.end(bytes);
  }

  /** An answer with what protects the objects in it; at the end of an upload there is a new one. */
  #told(isUpload: boolean, { status, headers, bytes }: Answer): Buffer {
    if (status !== 200 || headers["content-type"]?.startsWith("application/json") !== true) return bytes;
    const answer = jsonOf(bytes) as Partial<ObjectMetadata> & { readonly items?: readonly ObjectMetadata[] };
    if (answer?.kind === "storage#objects") {
      const items = (answer.items ?? []).map((item) => this.protection.told(item));
      return Buffer.from(JSON.stringify({ ...answer, items }));
    }
    if (answer?.kind !== "storage#object") return bytes;
    const object = answer as ObjectMetadata;
    if (isUpload) this.protection.stored(object);
    return Buffer.from(JSON.stringify(this.protection.told(object)));
  }
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

function json(outgoing: ServerResponse, status: number, document: object): void {
  outgoing.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(document));
}

function refuse(outgoing: ServerResponse, code: number, message: string, reason = "forbidden"): void {
  const errors = [{ message, domain: "global", reason }];
  json(outgoing, code, { error: { code, message, errors } });
}
