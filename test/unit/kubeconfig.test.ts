import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { checkKubeconfig, type KubeconfigCheck } from "../../components/access/kubeconfig/kubeconfig";
import { RefusedError, UserError } from "../../components/errors";

/** Row 40: each mistake in a kubeconfig has a sentence of its own, before anything is asked. */
describe("row 40: kubeconfig", () => {
  const directory = mkdtempSync(join(tmpdir(), "etcd-recovery-kubeconfig-"));
  const server = "https://10.0.0.1:6443";
  let certificate: string;
  beforeAll(() => {
    const files = ["-keyout", join(directory, "key"), "-out", join(directory, "crt")];
    const make = [
      "req",
      "-x509",
      "-newkey",
      "ed25519",
      "-nodes",
      "-days",
      "2",
      "-subj",
      "/CN=admin",
      ...files,
    ];
    execFileSync("openssl", make, { stdio: "ignore" });
    certificate = readFileSync(join(directory, "crt")).toString("base64");
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const jwt = (exp: number) =>
    `e30.${Buffer.from(JSON.stringify({ sub: "S3cret", exp })).toString("base64url")}.c2ln`;
  const config = (cluster: object = {}, user: object = {}) => ({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "admin", cluster: { server, ...cluster } }],
    users: [{ name: "me", user: { "client-certificate-data": certificate, ...user } }],
    contexts: [
      { name: "admin", context: { cluster: "admin", user: "me" } },
      { name: "orphan", context: { cluster: "gone", user: "me" } },
    ],
    "current-context": "admin",
  });
  const refusal = (content: unknown, more: Partial<KubeconfigCheck> = {}): UserError | undefined => {
    const path = join(directory, "a kubeconfig with 'spaces';");
    writeFileSync(path, typeof content === "string" ? content : stringify(content));
    return of({ path, ...more });
  };
  const of = (more: Partial<KubeconfigCheck> & { path: string }): UserError | undefined => {
    try {
      checkKubeconfig({ key: "adminKubeconfig", ...more });
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      expect((error as Error).message).not.toMatch(/S3cret|\n|^\s+at /);
      return error as UserError;
    }
    return undefined;
  };

  it("accepts a good one, with a token, a certificate or neither", () => {
    expect(refusal(config())).toBeUndefined();
    expect(refusal(config({}, { token: jwt(Date.now() / 1000 + 900) }))).toBeUndefined();
    expect(refusal(config({}, { token: "opaque-S3cret" }))).toBeUndefined();
  });

  it.each<[string, () => unknown, RegExp, RegExp]>([
    ["text", () => "Error from server", /: is not a kubeconfig/, /config set adminKubeconfig/],
    ["broken YAML with a secret", () => "users: [S3cret", /: is not a kubeconfig/, /config set/],
    ["an empty file", () => "", /: is not a kubeconfig/, /config set/],
    [
      "no current context",
      () => ({ ...config(), "current-context": "" }),
      /has no current context; it has: admin, orphan/,
      /set adminContext/,
    ],
    [
      "a current context that is not there",
      () => ({ ...config(), "current-context": "x" }),
      /current context "x" is not in .*it has: admin/,
      /set adminContext/,
    ],
    [
      "a context of a cluster that is not there",
      () => ({ ...config(), "current-context": "orphan" }),
      /names cluster "gone", which is not/,
      /whole kubeconfig/,
    ],
    ["no server", () => config({ server: undefined }), /has no server/, /config set/],
    [
      "a CA file that is not there",
      () => config({ "certificate-authority": "ca.crt" }),
      /certificate-authority ca.crt cannot be read: ENOENT/,
      /--flatten/,
    ],
    [
      "a key file that is not there",
      () => config({}, { "client-key": "S3.key" }),
      /client-key S3.key cannot be read: ENOENT/,
      /--flatten/,
    ],
    [
      "a certificate that is none",
      () => config({}, { "client-certificate-data": "eHg=" }),
      /client certificate cannot be read/,
      /config set/,
    ],
    [
      "an expired token",
      () => config({}, { token: jwt(1_700_000_000) }),
      /token expired on 2023-11-14T22:13:20Z/,
      /Log in again/,
    ],
    [
      "insecure-skip-tls-verify",
      () => config({ "insecure-skip-tls-verify": true }),
      /10.0.0.1:6443: has insecure-skip-tls-verify/,
      /allowInsecure\[0\]' https:\/\/10.0.0.1:6443$/,
    ],
    ["no TLS", () => config({ server: "http://10.0.0.1" }), /speaks to it without TLS/, /allowInsecure/],
  ])("refuses %s", (_, content, sentence, remedy) => {
    const refused = refusal(content());
    expect(refused?.message).toMatch(/^adminKubeconfig: /);
    expect(refused?.message).toMatch(sentence);
    expect(refused?.remedy).toMatch(remedy);
  });

  it("faults row 3: names the cause: unreadable, no kubeconfig, an expired certificate, each with its remedy", () => {
    const expired = join(directory, "expired.crt");
    const request = join(directory, "request");
    const key = join(directory, "key");
    const openssl = (...argv: string[]) => execFileSync("openssl", argv, { stdio: "ignore" });
    openssl("req", "-new", "-key", key, "-subj", "/CN=admin", "-out", request);
    openssl("x509", "-req", "-in", request, "-signkey", key, "-days", "-1", "-out", expired);
    const data = readFileSync(expired).toString("base64");
    const late = refusal(config({}, { "client-certificate-data": data }));
    expect(late).toBeInstanceOf(RefusedError);
    expect(late?.message).toMatch(/^adminKubeconfig: .*its client certificate expired on \d{4}-\d\d-\d\dT/);
    expect(late?.remedy).toMatch(/Log in again/);
    const named = refusal(
      config({}, { "client-certificate-data": undefined, "client-certificate": expired }),
    );
    expect(named?.message).toBe(late?.message);
    expect(of({ path: join(directory, "none") })?.message).toMatch(/^adminKubeconfig: .*ENOENT/);
    expect(of({ path: directory })?.message).toMatch(/^adminKubeconfig: .*EISDIR/);
    expect(refusal("\0\x01")?.message).toMatch(/^adminKubeconfig: .*: is not a kubeconfig/);
  });

  it("refuses a certificate that has expired or is not valid yet, as no mistake of the settings", () => {
    const day = 24 * 60 * 60 * 1000;
    const late = refusal(config(), { now: Date.now() + 3 * day });
    expect(late).toBeInstanceOf(RefusedError);
    expect(late?.message).toMatch(/its client certificate expired on \d{4}-/);
    expect(refusal(config(), { now: Date.now() - day })?.message).toMatch(/valid only from .*timedatectl/);
  });

  it("lets an insecure server pass by its name alone", () => {
    const insecure = config({ "insecure-skip-tls-verify": true });
    expect(refusal(insecure, { allowInsecure: [server] })).toBeUndefined();
    expect(refusal(insecure, { allowInsecure: ["https://10.0.0.2:6443"] })).toBeInstanceOf(RefusedError);
  });

  it("refuses a context that was asked for and is not there, naming those that are", () => {
    const refused = refusal(config(), { context: "prod" });
    expect(refused?.message).toMatch(/^adminContext: context "prod" is not in .*; it has: admin, orphan\./);
  });

  it("refuses paths by what lies there", () => {
    expect(of({ path: join(directory, "none") })?.message).toContain("cannot be read: ENOENT (no such file)");
    expect(of({ path: directory })?.message).toContain("EISDIR (is a directory)");
    mkdirSync(join(directory, "d"));
    expect(of({ path: join(directory, "d", "a:b") })?.message).toContain('must not contain ":"');
  });
});
