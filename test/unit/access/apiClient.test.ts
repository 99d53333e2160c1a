import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { answer, failure, Scene, status } from "./scene";

const scene = new Scene();
afterEach(() => scene.quiet());
afterAll(() => scene.end());

type Reply = (response: ServerResponse, request: IncomingMessage) => void;

/** A server that gives each reply once, the last one for ever; and the methods it was asked with. */
async function replies(...all: [Reply, ...Reply[]]) {
  const asked: string[] = [];
  const server = await scene.serve((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    (all[asked.length - 1] ?? all.at(-1))?.(response, request);
  });
  return { client: await scene.client(server), asked };
}

const cut: Reply = (response) => response.socket?.destroy();
const fine: Reply = (response) => answer(response, 200, { fine: true });
const busy =
  (code: number, headers: Record<string, string> = {}): Reply =>
  (response) => {
    response.writeHead(code, headers);
    response.end(JSON.stringify(status(code, "Busy")));
  };

describe("ApiClient: reads", () => {
  it.each([
    ["a cut connection", cut],
    ["429", busy(429, { "Retry-After": "1" })],
    ["502", busy(502)],
    ["503", busy(503)],
    ["504", busy(504)],
  ])("asks again after %s", async (_, reply) => {
    const { client, asked } = await replies(reply, fine);
    expect(await client.get("/api")).toEqual({ fine: true });
    expect(asked).toEqual(["GET /api", "GET /api"]);
  });

  it("asks three times at most", async () => {
    const { client, asked } = await replies(busy(503));
    expect(await failure(client.get("/api"))).toMatchObject({ kind: "server", status: 503, sent: false });
    expect(asked).toHaveLength(3);
  });

  it("does not wait for a server that asks for more than 5 s", async () => {
    const { client, asked } = await replies(busy(429, { "Retry-After": "6" }), fine);
    expect(await failure(client.get("/api"))).toMatchObject({ kind: "throttled", status: 429 });
    expect(asked).toHaveLength(1);
  });

  it("does not ask again after an answer", async () => {
    const { client, asked } = await replies((response) =>
      answer(response, 500, status(500, "InternalError")),
    );
    expect(await failure(client.get("/api"))).toMatchObject({ kind: "server", reason: "InternalError" });
    expect(asked).toHaveLength(1);
  });

  it("says that half an answer is none", async () => {
    const { client, asked } = await replies((response) => {
      response.writeHead(200, { "Content-Length": "100" });
      response.write('{"half":', () => response.socket?.destroy());
    });
    expect(await failure(client.get("/api"))).toMatchObject({ kind: "interrupted", sent: false });
    expect(asked).toHaveLength(3);
  });

  it("finds nothing only when the server itself says so", async () => {
    const said = await replies((response) => answer(response, 404, status(404, "NotFound")));
    expect(await said.client.find("/api/v1/x")).toBeUndefined();
    const page = await replies((response) => answer(response, 404, "404 page not found"));
    expect(await failure(page.client.find("/apis/none"))).toMatchObject({ kind: "notFound", status: 404 });
    const forbidden = await replies((response) => answer(response, 403, status(403, "Forbidden")));
    expect(await failure(forbidden.client.find("/api"))).toMatchObject({ kind: "forbidden" });
  });

  it("passes parameters, a list as several", async () => {
    const { client, asked } = await replies(fine);
    await client.get("/api/v1/pods", { query: { labelSelector: "a=b,c", x: ["1", "2"], none: undefined } });
    expect(asked).toEqual(["GET /api/v1/pods?labelSelector=a%3Db%2Cc&x=1&x=2"]);
  });

  it("cuts a text at its limit", async () => {
    const { client } = await replies((response) => response.end("0123456789"));
    expect(await client.text("/log", { limitBytes: 4 })).toBe("0123");
    expect(await client.text("/log")).toBe("0123456789");
  });
});

describe("ApiClient: writes", () => {
  it.each(["create", "replace", "delete", "patch"] as const)("never repeats: %s", async (method) => {
    for (const [reply, expected] of [
      [cut, { kind: "interrupted", sent: true }],
      [busy(503), { kind: "server", sent: true }],
      [busy(429), { kind: "throttled", sent: false }],
      [(response: ServerResponse) => answer(response, 401, status(401, "Unauthorized")), { sent: false }],
    ] as const) {
      const { client, asked } = await replies(reply);
      const call = method === "patch" ? client.patch("/x", {}, "merge") : client[method]("/x", {});
      expect(await failure(call)).toMatchObject(expected);
      expect(asked).toHaveLength(1);
    }
  });

  it.each([
    [409, "AlreadyExists", "alreadyExists"],
    [409, "Conflict", "conflict"],
    [401, "Unauthorized", "unauthenticated"],
    [403, "Forbidden", "forbidden"],
    [404, "NotFound", "notFound"],
    [422, "Invalid", "invalid"],
    [400, "BadRequest", "invalid"],
  ])("tells %i %s as %s, with the server's sentence", async (code, reason, kind) => {
    const { client } = await replies((response) =>
      answer(response, code, status(code, reason, "no,\nreally")),
    );
    const error = await failure(client.create("/x", {}));
    expect(error).toMatchObject({ kind, status: code, reason, sent: false, message: "no, really" });
  });

  it("sends each kind of patch under its name, and who asks", async () => {
    const seen: unknown[] = [];
    const { client } = await replies((response, request) => {
      seen.push(request.headers["content-type"], request.headers["user-agent"]);
      fine(response, request);
    });
    await client.patch("/x", [], "json");
    await client.patch("/x", {}, "strategic", { query: { fieldManager: "m" } });
    expect(seen).toEqual([
      "application/json-patch+json",
      "test",
      "application/strategic-merge-patch+json",
      "test",
    ]);
  });

  it("keeps integers of 64 bits from a read to the write", async () => {
    const object = '{"a":9007199254740993,"b":-9223372036854775808,"c":7,"d":[18446744073709551615],"e":0.5}';
    let written = "";
    const { client } = await replies(async (response, request) => {
      if (request.method === "PUT") written = await text(request);
      answer(response, 200, object);
    });
    const read = await client.get<Record<string, unknown>>("/x");
    expect(read).toEqual({
      a: 9007199254740993n,
      b: -9223372036854775808n,
      c: 7,
      d: [18446744073709551615n],
      e: 0.5,
    });
    await client.replace("/x", read);
    expect(written).toBe(object);
  });
});

describe("ApiClient: the way to the server", () => {
  it("names a port where nobody listens", async () => {
    const client = await scene.client("https://127.0.0.1:1");
    const error = await failure(client.create("/x", {}));
    expect(error).toMatchObject({
      kind: "unreachable",
      sent: false,
      message: "connect ECONNREFUSED 127.0.0.1:1",
    });
  });

  it("bounds a server that accepts and never answers", async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket.on("error", () => undefined)));
    await new Promise<void>((done) => silent.listen(0, "127.0.0.1", done));
    const { port } = silent.address() as { port: number };
    const client = await scene.client(`https://127.0.0.1:${port}`);
    const began = Date.now();
    const error = await failure(client.create("/x", {}, { seconds: 0.3 }));
    // no handshake, so no server has read anything
    expect(error).toMatchObject({ kind: "timeout", sent: false });
    expect(Date.now() - began).toBeLessThan(2_000);
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it("bounds an answer that never ends, and says that a write may be done", async () => {
    const { client } = await replies((response) => void response.write("{"));
    expect(await failure(client.get("/x", { seconds: 0.3 }))).toMatchObject({ kind: "timeout", sent: false });
    expect(await failure(client.create("/x", {}, { seconds: 0.3 }))).toMatchObject({
      kind: "timeout",
      sent: true,
      message: expect.stringMatching(/^no answer from https:\/\/127\.0\.0\.1:\d+ within 0\.3 s$/),
    });
  });

  it("does not trust another authority, nor another name; asks such a server once", async () => {
    let asked = 0;
    const other = { cert: scene.read("other.crt"), key: scene.read("other.key") };
    const server = await scene.serve((_, response) => {
      asked++;
      answer(response, 200, {});
    }, other);
    const named = await scene.client(server);
    expect(await failure(named.create("/x", {}))).toMatchObject({ kind: "untrusted", sent: false });
    const authority = { "certificate-authority-data": scene.base64("other.crt") };
    const foreign = await scene.client(server, {}, { ...authority, "tls-server-name": "other.test" });
    expect(await failure(foreign.get("/x"))).toMatchObject({ kind: "untrusted" });
    expect(asked).toBe(0);
    const right = await scene.client(server, {}, { "tls-server-name": "other.test" });
    expect(await right.get("/x")).toEqual({});
    const careless = await scene.client(
      server,
      {},
      {
        "insecure-skip-tls-verify": true,
        "certificate-authority-data": undefined,
      },
    );
    expect(await careless.get("/x")).toEqual({});
  });

  it("keeps a server's own path before each one", async () => {
    const { asked } = await replies(fine);
    const port = (scene.server.address() as { port: number }).port;
    const client = await scene.client(`https://127.0.0.1:${port}/k8s/c-1/`);
    await client.get("/api");
    expect(asked).toEqual(["GET /k8s/c-1/api"]);
  });

  it("uses a connection again, and lets go of it", async () => {
    const { client } = await replies(fine);
    let connections = 0;
    scene.server.on("secureConnection", () => connections++);
    for (const _ of [1, 2, 3]) await client.get("/api");
    expect(connections).toBe(1);
    client.close();
    await expect.poll(() => count(scene.server)).toBe(0);
  });
});

function count(server: { getConnections(callback: (error: Error | null, count: number) => void): void }) {
  return new Promise<number>((done) => server.getConnections((_, open) => done(open)));
}
