import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { makeCertificate } from "../../../lab/gcs/gateCertificate";
import { attackBucket } from "../../../store/gcsAttack";
import { credentialsProblem } from "../../../store/gcsCredentials";
import { GcsStore } from "../../../store/gcsStore";
import { externalAccount } from "../../support/externalAccount";

const scratch = mkdtempSync(join(tmpdir(), "etcd-recovery-sts-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";

describe("what failed before the bucket was asked", () => {
  it.each<[string, object | undefined, string]>([
    [
      "Error code invalid_grant: The audience in ID Token [x] does not match the expected audience.",
      undefined,
      "the token was not exchanged for one of Google's: The audience in ID Token [x] does not match the expected audience. (invalid_grant)",
    ],
    [
      "Error code unauthorized_client: The given credential is rejected by the attribute condition.",
      undefined,
      "the token was not exchanged for one of Google's: The given credential is rejected by the attribute condition. (unauthorized_client)",
    ],
    [
      "Error code invalid_request",
      undefined,
      "the token was not exchanged for one of Google's: no reason was given (invalid_request)",
    ],
    [
      `Error code invalid_grant: Invalid token ${TOKEN}`,
      undefined,
      "the token was not exchanged for one of Google's: Invalid token (token) (invalid_grant)",
    ],
    [
      "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
      undefined,
      "the token was exchanged, but may not stand for its service account: Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
    ],
    [
      "Gaia id not found for email a@b",
      { url: "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@b:generateAccessToken" },
      "the token was exchanged, but may not stand for its service account: Gaia id not found for email a@b",
    ],
    [
      "The file at /var/run/secrets/etcd-recovery/token does not exist, or it is not a file. ENOENT: no such file",
      undefined,
      "the credentials name /var/run/secrets/etcd-recovery/token, which is not there",
    ],
    ["Could not load the default credentials.", undefined, "there are no credentials for Google Cloud"],
    ["invalid_grant", undefined, "there are no credentials for Google Cloud"],
  ])("%s", (message, config, sentence) => {
    expect(credentialsProblem(Object.assign(new Error(message), { config }))?.sentence).toBe(sentence);
  });

  it.each(["uploader does not have storage.objects.create access", "connect ECONNREFUSED", "Not Found"])(
    "is not for the bucket's own answer: %s",
    (message) => expect(credentialsProblem(new Error(message))).toBeUndefined(),
  );
});

it("an attack that is refused because nobody is proven any longer proves nothing", async () => {
  const { cert, key } = makeCertificate(join(scratch, "tls"), ["127.0.0.1"]);
  let exchanges = 0;
  const exchange = createServer((_, answer) => {
    exchanges += 1;
    const body =
      exchanges > 1
        ? { error: "invalid_grant", error_description: "stale" }
        : { access_token: "t", expires_in: 1, token_type: "Bearer" };
    answer.writeHead(exchanges > 1 ? 400 : 200, { "content-type": "application/json" });
    answer.end(JSON.stringify(body));
  });
  const storage = createHttps({ cert, key }, (request, answer) => {
    request.resume().on("end", () => answer.end(JSON.stringify({ name: "x", size: "7" })));
  });
  const urls = [exchange, storage].map(async (server) => {
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  const [sts, bucket] = await Promise.all(urls);
  const credentialsFile = externalAccount(scratch, "attacker", sts ?? "", TOKEN);
  // nobody signed for the stand-in
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  try {
    const of = { bucket: "vault", prefix: "", cluster: "uc1" };
    const attacked = attackBucket(of, { endpoint: `https://${bucket}`, credentialsFile });
    await expect(attacked).rejects.toThrow(/was not exchanged for one of Google's: stale/);
  } finally {
    vi.unstubAllEnvs();
    for (const server of [exchange, storage]) {
      server.closeAllConnections();
      server.close();
    }
  }
  expect(exchanges).toBeGreaterThan(1);
});

it("a store says why its token was not exchanged, in one sentence and without the token", async () => {
  const description = "ID Token issued at 1700000000 is stale to sign-in.";
  const server = createServer((_, answer) => {
    answer.writeHead(400, { "content-type": "application/json" });
    answer.end(JSON.stringify({ error: "invalid_grant", error_description: description }));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const sts = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentialsFile = externalAccount(scratch, "credentials", sts, TOKEN);
  // nobody listens there: it is not asked
  const store = new GcsStore("vault", "etcd", { endpoint: "https://127.0.0.1:1", credentialsFile });
  const failure = await store.list("v1/").catch((error: Error) => error);
  server.closeAllConnections();
  server.close();
  expect((failure as Error).message).toBe(
    `gs://vault/etcd: the token was not exchanged for one of Google's: ${description} (invalid_grant). Compare the token's issuer, subject and audience with vault.federation: docs/reference/vault.md`,
  );
  expect(failure).toMatchObject({ fault: "denied" });
});
