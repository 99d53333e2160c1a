import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { ApiClient } from "../../../components/access/apiClient";
import type { ApiError } from "../../../components/access/apiError";

/** A directory with an authority, a server's certificate for 127.0.0.1 and "apiserver.test", and a client's. */
export class Scene {
  readonly directory = mkdtempSync(join(tmpdir(), "etcd-recovery-access-"));
  private readonly servers: https.Server[] = [];
  private readonly clients: ApiClient[] = [];
  private count = 0;

  constructor() {
    this.openssl("req", "-x509", ...newKey("ca"), "-days", "2", "-subj", "/CN=authority", "-out", "ca.crt");
    this.sign("server", "subjectAltName=IP:127.0.0.1,DNS:apiserver.test");
    this.sign("other", "subjectAltName=DNS:other.test");
    this.sign("client", "extendedKeyUsage=clientAuth");
  }

  private sign(name: string, extension: string): void {
    writeFileSync(join(this.directory, "extension"), extension);
    this.openssl("req", "-new", ...newKey(name), "-subj", `/CN=${name}`, "-out", `${name}.csr`);
    const authority = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
    const files = ["-in", `${name}.csr`, "-out", `${name}.crt`, "-extfile", "extension"];
    this.openssl("x509", "-req", ...authority, ...files);
  }

  private openssl(...args: string[]): void {
    execFileSync("openssl", args, { cwd: this.directory, stdio: "pipe" });
  }

  read(name: string): Buffer {
    return readFileSync(join(this.directory, name));
  }

  base64(name: string): string {
    return this.read(name).toString("base64");
  }

  /** Starts an HTTPS server. @returns its address */
  async serve(listener: RequestListener, options: https.ServerOptions = {}): Promise<string> {
    const tls = { cert: this.read("server.crt"), key: this.read("server.key"), ca: this.read("ca.crt") };
    const server = https.createServer({ ...tls, ...options }, listener);
    this.servers.push(server);
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** The server that was started last. */
  get server(): https.Server {
    const last = this.servers.at(-1);
    if (last === undefined) throw new Error("no server was started");
    return last;
  }

  /** Writes a kubeconfig. @returns its path */
  kubeconfig(server: string, user: object = {}, cluster: object = {}): string {
    const path = join(this.directory, `kubeconfig-${++this.count}`);
    const trust = { "certificate-authority-data": this.base64("ca.crt") };
    const content = {
      clusters: [{ name: "c", cluster: { server, ...trust, ...cluster } }],
      users: [{ name: "u", user }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    };
    writeFileSync(path, stringify(content));
    return path;
  }

  /** A client of a server, with a kubeconfig of its own. */
  async client(server: string, user: object = {}, cluster: object = {}): Promise<ApiClient> {
    const kubeconfig = this.kubeconfig(server, user, cluster);
    const client = await ApiClient.open({ kubeconfig, userAgent: "test" });
    this.clients.push(client);
    return client;
  }

  /** Ends clients and servers; files stay. */
  async quiet(): Promise<void> {
    for (const client of this.clients.splice(0)) client.close();
    for (const server of this.servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  }

  async end(): Promise<void> {
    await this.quiet();
    rmSync(this.directory, { recursive: true });
  }
}

function newKey(name: string): string[] {
  return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", `${name}.key`];
}

/** The error that a call ends with. */
export async function failure(call: Promise<unknown>): Promise<ApiError> {
  const outcome = await call.then(
    (value) => new Error(`succeeded: ${JSON.stringify(value)}`),
    (error: unknown) => error as ApiError,
  );
  return outcome as ApiError;
}

/** Answers with JSON. */
export function answer(response: Parameters<RequestListener>[1], status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

/** The Status object of a refusal. */
export const status = (code: number, reason: string, message = `${reason} it is`) => ({
  kind: "Status",
  status: "Failure",
  code,
  reason,
  message,
});
