import * as http from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { environmentProxy } from "../../../components/access/proxy";
import { answer, failure, Scene } from "./scene";

const scene = new Scene();
const open: { close(): void }[] = [];
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const server of open.splice(0)) server.close();
  for (const socket of sockets) socket.destroy();
  await scene.quiet();
});
afterAll(() => scene.end());

async function listening(server: ReturnType<typeof createServer> | http.Server): Promise<number> {
  open.push(server);
  server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => undefined)));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

/** Joins a client of a proxy to the server's port, whatever name it asked for. */
function join(client: Socket, target: string): void {
  const server = connect(Number(new URL(target).port), "127.0.0.1");
  sockets.add(server.on("error", () => client.destroy()));
  server.pipe(client).pipe(server);
}

/** A proxy for CONNECT; `status` other than 200 refuses. */
async function connectProxy(target: string, status = 200) {
  const asked: (string | undefined)[] = [];
  const proxy = http.createServer();
  proxy.on("connect", (request: http.IncomingMessage, client: Socket) => {
    asked.push(request.url, request.headers["proxy-authorization"]);
    client.write(`HTTP/1.1 ${status} Said\r\n\r\n`);
    if (status === 200) join(client, target);
    else client.end();
  });
  return { port: await listening(proxy), asked };
}

/** A SOCKS5 proxy for names. */
async function socksProxy(target: string) {
  const asked: string[] = [];
  const proxy = createServer((client) => {
    client.once("data", () => {
      client.write(Buffer.from([5, 0]));
      client.once("data", (request) => {
        const length = request[4] ?? 0;
        if (request[3] === 3) asked.push(request.subarray(5, 5 + length).toString());
        client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
        join(client, target);
      });
    });
  });
  return { port: await listening(proxy), asked };
}

const fine = (_: unknown, response: http.ServerResponse) => answer(response, 200, { fine: true });

describe("proxies", () => {
  it.each([
    ["apiserver.test", {}],
    ["192.0.2.1", { "tls-server-name": "apiserver.test" }],
  ])("goes through an HTTP proxy to %s, and checks the server's own certificate", async (host, cluster) => {
    const target = await scene.serve(fine);
    const { port, asked } = await connectProxy(target);
    const server = `https://${host}:6443`;
    const proxy = { "proxy-url": `http://me:p%20w@127.0.0.1:${port}` };
    const client = await scene.client(server, {}, { ...proxy, ...cluster });
    expect(await client.get("/api")).toEqual({ fine: true });
    expect(await client.get("/api")).toEqual({ fine: true });
    expect(asked).toEqual([`${host}:6443`, `Basic ${Buffer.from("me:p w").toString("base64")}`]);
    const other = await scene.client(server, {}, { ...proxy, "tls-server-name": "other.test" });
    expect(await failure(other.get("/api"))).toMatchObject({ kind: "untrusted" });
    // the proxy's own address stands in the certificate, the server's does not
    const address = await scene.client("https://192.0.2.1:6443", {}, proxy);
    expect(await failure(address.get("/api"))).toMatchObject({ kind: "untrusted" });
  });

  it("takes a proxy's refusal for nobody's answer", async () => {
    const target = await scene.serve(fine);
    const { port } = await connectProxy(target, 407);
    const client = await scene.client(
      "https://apiserver.test",
      {},
      {
        "proxy-url": `http://me:S3cret@127.0.0.1:${port}`,
      },
    );
    const error = await failure(client.create("/x", {}));
    expect(error).toMatchObject({ kind: "unreachable", sent: false });
    expect(error.message).toBe("the proxy refused the connection: 407 Said");
  });

  it("lets a SOCKS5 proxy look the name up", async () => {
    const target = await scene.serve(fine);
    const { port, asked } = await socksProxy(target);
    const client = await scene.client(
      "https://apiserver.test",
      {},
      {
        "proxy-url": `socks5://127.0.0.1:${port}`,
      },
    );
    expect(await client.get("/api")).toEqual({ fine: true });
    expect(asked).toEqual(["apiserver.test"]);
  });

  it("ends the wait for a proxy that says nothing when it is closed", async () => {
    const silent = createServer((socket) => void socket.resume());
    const port = await listening(silent);
    const client = await scene.client(
      "https://apiserver.test",
      {},
      { "proxy-url": `http://127.0.0.1:${port}` },
    );
    expect(await failure(client.create("/x", {}, { seconds: 0.2 }))).toMatchObject({
      kind: "timeout",
      sent: false,
    });
    client.close();
    const openOnes = () => new Promise((done) => silent.getConnections((_, all) => done(all)));
    await expect.poll(openOnes).toBe(0);
  });

  const environment = { HTTPS_PROXY: "proxy.test:3128", http_proxy: "http://plain.test" };
  it.each([
    ["https://apiserver.test", "", "http://proxy.test:3128/"],
    ["http://apiserver.test", "", "http://plain.test/"],
    ["https://localhost:6443", "", undefined],
    ["https://127.0.0.2:6443", "", undefined],
    ["https://[::1]:6443", "", undefined],
    ["https://apiserver.test", "*", undefined],
    ["https://apiserver.test", "other, apiserver.test", undefined],
    ["https://a.apiserver.test", "apiserver.test", undefined],
    ["https://notapiserver.test", "apiserver.test", "http://proxy.test:3128/"],
    ["https://apiserver.test", ".apiserver.test", "http://proxy.test:3128/"],
    ["https://a.apiserver.test", ".apiserver.test", undefined],
    ["https://a.apiserver.test", "*.apiserver.test", undefined],
    ["https://apiserver.test:6443", "apiserver.test:6443", undefined],
    ["https://apiserver.test", "apiserver.test:6443", "http://proxy.test:3128/"],
    ["https://10.1.2.3", "10.0.0.0/8", undefined],
    ["https://11.1.2.3", "10.0.0.0/8", "http://proxy.test:3128/"],
    ["https://10.1.2.3", "10.1.2.3", undefined],
    ["https://[fd00::1]", "fd00::/8", undefined],
    ["https://10.1.2.3", "10.0.0.0/99", "http://proxy.test:3128/"],
  ])("environment: %s with NO_PROXY=%s by %s", (server, exceptions, proxy) => {
    expect(environmentProxy(new URL(server), { ...environment, NO_PROXY: exceptions })?.href).toBe(proxy);
  });

  it("obeys the environment", async () => {
    const target = await scene.serve(fine);
    const { port, asked } = await connectProxy(target);
    process.env.HTTPS_PROXY = `http://127.0.0.1:${port}`;
    try {
      const client = await scene.client("https://apiserver.test");
      expect(await client.get("/api")).toEqual({ fine: true });
    } finally {
      delete process.env.HTTPS_PROXY;
    }
    expect(asked[0]).toBe("apiserver.test:443");
  });
});
