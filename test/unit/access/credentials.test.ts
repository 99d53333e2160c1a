import { chmodSync, writeFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { basename, join } from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { UserError } from "../../../components/errors";
import { answer, failure, Scene, status } from "./scene";

const scene = new Scene();
afterEach(() => scene.quiet());
afterAll(() => scene.end());

/** A server that tells how it was asked. */
async function echo() {
  const asked: IncomingHttpHeaders[] = [];
  const names: (string | undefined)[] = [];
  const listener = (request: { headers: IncomingHttpHeaders; socket: unknown }, response: never) => {
    asked.push(request.headers);
    names.push((request.socket as TLSSocket).getPeerCertificate().subject?.CN as string | undefined);
    answer(response, 200, {});
  };
  const options = { requestCert: true, rejectUnauthorized: false };
  const server = await scene.serve(listener as never, options);
  return { server, asked, names };
}

/** A plugin that counts its runs in a file, and the user entry that names it. */
function plugin(name: string, answered: string, more: object = {}) {
  const path = join(scene.directory, name);
  writeFileSync(
    path,
    `#!/bin/sh\necho run >>"$0.runs"\nprintf %s "$KUBERNETES_EXEC_INFO" >"$0.info"\nprintf '%s ' "$@" >"$0.args"\n${answered}\n`,
  );
  chmodSync(path, 0o755);
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: `./${basename(path)}`, ...more };
  return { exec, runs: () => scene.read(`${name}.runs`).toString().split("\n").length - 1 };
}

const credential = (answered: object) =>
  `cat <<'END'\n${JSON.stringify({
    apiVersion: "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    status: answered,
  })}\nEND`;

describe("credentials as in kubectl", () => {
  it.each([
    ["a token", { token: "T0ken" }, { authorization: "Bearer T0ken" }],
    ["a name and a password", { username: "me", password: "p" }, { authorization: "Basic bWU6cA==" }],
    [
      "somebody else's name",
      {
        token: "t",
        as: "jane",
        "as-uid": "7",
        "as-groups": ["a", "b"],
        "as-user-extra": { "example.org/reason": ["x"] },
      },
      {
        "impersonate-user": "jane",
        "impersonate-uid": "7",
        "impersonate-group": "a, b",
        "impersonate-extra-example.org%2freason": "x",
      },
    ],
  ])("shows %s", async (_, user, headers) => {
    const { server, asked } = await echo();
    const client = await scene.client(server, user);
    await client.get("/api");
    expect(asked[0]).toMatchObject(headers);
  });

  it("shows a certificate, from data or from files beside the kubeconfig", async () => {
    const { server, names } = await echo();
    const data = {
      "client-certificate-data": scene.base64("client.crt"),
      "client-key-data": scene.base64("client.key"),
    };
    await (await scene.client(server, data)).get("/api");
    const files = { "client-certificate": "client.crt", "client-key": "client.key" };
    const authority = { "certificate-authority-data": undefined, "certificate-authority": "ca.crt" };
    await (await scene.client(server, files, authority)).get("/api");
    await (await scene.client(server)).get("/api");
    expect(names).toEqual(["client", "client", undefined]);
  });

  it("reads a token's file again", async () => {
    const { server, asked } = await echo();
    writeFileSync(join(scene.directory, "token"), "one\n");
    const client = await scene.client(server, { tokenFile: "token" });
    await client.get("/api");
    writeFileSync(join(scene.directory, "token"), "two\n");
    await client.get("/api");
    expect(asked.map(({ authorization }) => authorization)).toEqual(["Bearer one", "Bearer two"]);
  });

  it("refuses an auth-provider with a sentence", async () => {
    const error = await failure(scene.client("https://127.0.0.1:1", { "auth-provider": { name: "gcp" } }));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(/auth-provider gcp .*exec/);
  });
});

describe("credential plugins", () => {
  it("asks one once, with its arguments and the cluster, for all clients of its kubeconfig", async () => {
    const { server, asked } = await echo();
    const { exec, runs } = plugin("token-plugin", credential({ token: "given" }), {
      args: ["a", "b c"],
      provideClusterInfo: true,
    });
    const client = await scene.client(server, { exec });
    await Promise.all([client.get("/api"), client.get("/api")]);
    await client.get("/api");
    expect(asked.map(({ authorization }) => authorization)).toEqual(Array(3).fill("Bearer given"));
    expect(runs()).toBe(1);
    expect(scene.read("token-plugin.args").toString()).toBe("a b c ");
    expect(JSON.parse(scene.read("token-plugin.info").toString())).toEqual({
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      spec: {
        interactive: false,
        cluster: { server, "certificate-authority-data": scene.base64("ca.crt") },
      },
    });
  });

  it("says with what one ended that said nothing", async () => {
    const { server } = await echo();
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "false" };
    const client = await scene.client(server, { exec });
    await expect(client.get("/api")).rejects.toThrow(/the credential plugin false failed: it ended with 1$/);
  });

  it("asks again when a credential has expired, and when the server refuses it", async () => {
    const expired = plugin(
      "expired-plugin",
      credential({ token: "t", expirationTimestamp: "2020-01-01T00:00:00Z" }),
    );
    const { server } = await echo();
    const client = await scene.client(server, { exec: expired.exec });
    await client.get("/api");
    await client.get("/api");
    expect(expired.runs()).toBe(2);

    let refusals = 1;
    const strict = await scene.serve((_, response) =>
      refusals-- > 0 ? answer(response, 401, status(401, "Unauthorized")) : answer(response, 200, {}),
    );
    const { exec, runs } = plugin("refused-plugin", credential({ token: "t" }));
    await (await scene.client(strict, { exec })).get("/api");
    expect(runs()).toBe(2);
  });

  it("takes a certificate and environment from one", async () => {
    const { server, names, asked } = await echo();
    const certificate = JSON.stringify({
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      status: {
        clientCertificateData: scene.read("client.crt").toString(),
        clientKeyData: scene.read("client.key").toString(),
      },
    });
    const { exec } = plugin("certificate-plugin", 'printf %s "$GIVEN"', {
      env: [{ name: "GIVEN", value: certificate }],
    });
    await (await scene.client(server, { exec })).get("/api");
    expect(names).toEqual(["client"]);
    expect(asked[0]?.authorization).toBeUndefined();
  });

  it.each([
    ["fails", plugin("failing", "echo log in first >&2; exit 1").exec, /failing failed: log in first/],
    [
      "is absent",
      { ...plugin("x", "").exec, command: "no-such-plugin" },
      /no-such-plugin is not installed: get it/,
    ],
    ["says nonsense", plugin("nonsense", "echo '{}'").exec, /answered with no ExecCredential/],
    ["needs a person", plugin("person", "", { interactiveMode: "Always" }).exec, /needs a terminal/],
    ["is too old", plugin("old", "", { apiVersion: "v1alpha1" }).exec, /apiVersion/],
  ])("says so when one %s", async (_, exec, sentence) => {
    const client = await scene.client("https://127.0.0.1:1", { exec: { installHint: "get it", ...exec } });
    const error = await failure(client.create("/x", {}));
    expect(error).toMatchObject({ kind: "unauthenticated", sent: false });
    expect(error.message).toMatch(sentence);
  });

  it("bounds one that hangs by the call's deadline", async () => {
    const { exec } = plugin("hanging", "exec sleep 2");
    const client = await scene.client("https://127.0.0.1:1", { exec });
    const error = await failure(client.get("/x", { seconds: 0.3 }));
    expect(error).toMatchObject({ kind: "timeout", sent: false });
  });
});
