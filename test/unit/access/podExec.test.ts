import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { answer, failure, Scene, status } from "./scene";

const scene = new Scene();
afterEach(() => scene.quiet());
afterAll(() => scene.end());

const say = (socket: WebSocket, channel: number, text: string | Buffer) =>
  socket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(text)]));
const sayAndClose = (channel: number, text: string) => (socket: WebSocket) => {
  say(socket, channel, text);
  socket.close(1000);
};
const success = JSON.stringify({ status: "Success" });
const exit = (code: number) =>
  JSON.stringify({
    status: "Failure",
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: `${code}` }] },
  });

/** A server whose Pods do `act`. */
async function pods(act: (socket: WebSocket) => void, protocol = "v4.channel.k8s.io") {
  const asked: string[] = [];
  const server = await scene.serve((_, response) => answer(response, 400, {}));
  const sockets = new WebSocketServer({
    server: scene.server,
    handleProtocols: (offered) => (offered.has(protocol) ? protocol : false),
  });
  sockets.on("connection", (socket, request) => {
    asked.push(
      `${request.method} ${request.url} ${request.headers.authorization} ${request.headers["user-agent"]}`,
    );
    act(socket);
  });
  const client = await scene.client(server, { token: "t" });
  const exec = (seconds = 5) =>
    client.exec({ namespace: "n", pod: "p", container: "c", command: ["echo", "a b"], seconds });
  return { exec, asked, client };
}

describe("ApiClient: exec", () => {
  it.each(["v4.channel.k8s.io", "v5.channel.k8s.io"])(
    "gives what a command printed, over %s",
    async (protocol) => {
      const { exec, asked } = await pods((socket) => {
        say(socket, 1, "");
        const [first, second] = [Buffer.from("ü").subarray(0, 1), Buffer.from("ü").subarray(1)];
        say(socket, 1, first);
        say(socket, 2, "warning\n");
        say(socket, 1, second);
        say(socket, 3, success);
        socket.close(1000);
      }, protocol);
      expect(await exec()).toEqual({ code: 0, stdout: "ü", stderr: "warning\n" });
      const query = "container=c&command=echo&command=a+b&stdout=true&stderr=true";
      expect(asked).toEqual([`GET /api/v1/namespaces/n/pods/p/exec?${query} Bearer t test`]);
    },
  );

  it.each([1, 7, 137])("gives exit code %i, from a server that does not end the connection", async (code) => {
    const { exec } = await pods((socket) => say(socket, 3, exit(code)));
    expect(await exec()).toEqual({ code, stdout: "", stderr: "" });
  });

  it.each([
    ["cut", (socket: WebSocket) => socket.terminate()],
    ["ended in order", (socket: WebSocket) => socket.close(1000)],
    ["ended after output", sayAndClose(1, "half")],
    ["given half an exit code", sayAndClose(3, '{"status":')],
  ])("takes a connection that is %s for no result", async (_, act) => {
    const { exec, asked } = await pods(act);
    expect(await failure(exec())).toMatchObject({ kind: "interrupted", sent: true });
    expect(asked).toHaveLength(1);
  });

  it("ends with its deadline", async () => {
    const { exec } = await pods((socket) => say(socket, 1, "and then nothing"));
    expect(await failure(exec(0.3))).toMatchObject({ kind: "timeout", sent: true });
  });

  it("ends a connection that has fallen silent, long before its deadline", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    try {
      const pinged = vi.fn();
      let remote: WebSocket | undefined;
      const { exec } = await pods((socket) => {
        remote = socket;
        socket.on("ping", pinged);
      });
      const silent = failure(exec(60));
      await vi.waitFor(() => expect(remote).toBeDefined());
      // It answers, for longer than a dead one is borne with.
      for (let seconds = 5; seconds <= 40; seconds += 5) {
        vi.advanceTimersByTime(5_000);
        await vi.waitFor(() => expect(pinged).toHaveBeenCalledTimes(seconds / 5));
        await new Promise((done) => setTimeout(done, 20));
      }
      remote?.pause();
      for (let seconds = 0; seconds <= 40; seconds += 5) vi.advanceTimersByTime(5_000);
      expect(await silent).toMatchObject({
        kind: "interrupted",
        sent: true,
        message: "the connection is dead: no answer to pings for 30 s",
      });
      remote?.terminate();
    } finally {
      vi.useRealTimers();
    }
  });

  it("tells a command that could not be run", async () => {
    const said = { status: "Failure", reason: "InternalError", code: 500, message: "no such file" };
    const { exec } = await pods((socket) => say(socket, 3, JSON.stringify(said)));
    expect(await failure(exec())).toMatchObject({
      kind: "server",
      reason: "InternalError",
      message: "no such file",
    });
  });

  it.each([
    [403, "Forbidden", { kind: "forbidden", sent: false }],
    [404, "NotFound", { kind: "notFound", sent: false }],
    [401, "Unauthorized", { kind: "unauthenticated", sent: false }],
    [500, "InternalError", { kind: "server", sent: true }],
  ])("tells a refusal: %i", async (code, reason, expected) => {
    const server = await scene.serve(() => undefined);
    scene.server.on("upgrade", (_, socket) => {
      const body = JSON.stringify(status(code, reason));
      socket.end(`HTTP/1.1 ${code} No\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
    });
    const client = await scene.client(server);
    const call = client.exec({ namespace: "n", pod: "p", container: "c", command: ["true"] });
    expect(await failure(call)).toMatchObject({ ...expected, status: code, message: `${reason} it is` });
  });

  it("tells a server that is not there, and one that is another", async () => {
    const exec = { namespace: "n", pod: "p", container: "c", command: ["true"] };
    const absent = await scene.client("https://127.0.0.1:1");
    expect(await failure(absent.exec(exec))).toMatchObject({ kind: "unreachable", sent: false });
    const other = { cert: scene.read("other.crt"), key: scene.read("other.key") };
    const client = await scene.client(await scene.serve(() => undefined, other));
    expect(await failure(client.exec(exec))).toMatchObject({ kind: "untrusted", sent: false });
  });
});
