import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { handOnKey, secretPlace } from "../../../automation/machines/handOnKey";
import type { KeyCommandOptions } from "../../../automation/machines/keyCommand";
import { exitCodeOf } from "../../../components/exitCode";
import { captured } from "../../support/commandLine";
import { Scene } from "../access/scene";

describe("where a cluster keeps the key of its machines", () => {
  it.each<[KeyCommandOptions, string]>([
    [{}, "kube-system/sshkeys vsphere_tmp"],
    [{ profile: "gdc-admin", cluster: "uc1" }, "kube-system/sshkeys vsphere_tmp"],
    [{ cluster: "uc1" }, "uc1/ssh-keys ssh.key"],
    [{ profile: "gdc-controlplane-v2", cluster: "uc1" }, "uc1/ssh-keys ssh.key"],
    [{ profile: "gdc-controlplane-v2", cluster: "uc1", namespace: "other" }, "other/ssh-keys ssh.key"],
  ])("%j: %s", (options, expected) => {
    const { namespace, name, field } = secretPlace(options);
    expect(`${namespace}/${name} ${field}`).toBe(expected);
  });

  it("is not known of a user cluster without a name, and of kubeadm", () => {
    expect(() => secretPlace({ profile: "gdc-controlplane-v2" })).toThrow(/Give --cluster NAME/);
    expect(() => secretPlace({ profile: "kubeadm" })).toThrow(/keep no key in a Secret/);
  });
});

/** An API server of the test's own has the Secrets; `pulumi` is a script that writes down what it is told. */
describe("etcd-recovery machines key", () => {
  let scene: Scene;
  let kubeconfig: string;
  let key: string;
  const asked: string[] = [];
  const secrets = new Map<string, Record<string, string>>();
  const file = (name: string) => join(scene.directory, name);

  beforeAll(async () => {
    scene = new Scene();
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file("key")]);
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "pass", "-f", file("locked")]);
    key = readFileSync(file("key"), "utf8");
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    secrets.set("/api/v1/namespaces/kube-system/secrets/sshkeys", { vsphere_tmp: base64(key.trim()) });
    secrets.set("/api/v1/namespaces/uc1/secrets/ssh-keys", { "ssh.key": base64(key) });
    const locked = base64(readFileSync(file("locked"), "utf8"));
    secrets.set("/api/v1/namespaces/uc2/secrets/ssh-keys", { "ssh.key": locked });
    secrets.set("/api/v1/namespaces/uc3/secrets/ssh-keys", { other: "x" });
    const server = await scene.serve((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      const data = secrets.get(request.url ?? "");
      response.statusCode = data === undefined ? 404 : 200;
      response.setHeader("Content-Type", "application/json");
      const none = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotFound", code: 404 };
      response.end(JSON.stringify(data === undefined ? none : { kind: "Secret", data }));
    });
    kubeconfig = scene.kubeconfig(server);
    const script = `#!/bin/sh\nprintf '%s\\n' "$*" > '${file("told")}'\ncat > '${file("given")}'\n[ ! -e '${file("broken")}' ] || { echo 'no stack' >&2; exit 255; }\n`;
    writeFileSync(file("pulumi"), script);
    chmodSync(file("pulumi"), 0o755);
    vi.stubEnv("PATH", `${scene.directory}:${process.env.PATH}`);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await scene?.end();
  });
  const tty = process.stdout.isTTY;
  afterEach(() => {
    process.stdout.isTTY = tty;
  });

  const run = (options: KeyCommandOptions) =>
    captured(scene.directory, async () => {
      try {
        await handOnKey({ kubeconfig, ...options });
      } catch (error) {
        process.exitCode = exitCodeOf(error);
        process.stderr.write((error as Error).message);
      }
    });

  it("goes to a pipe as a file has it, and nothing else does", async () => {
    const { exitCode, stdout, stderr } = await run({});
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(`${stdout}\n`).toBe(key);
    const user = await run({ profile: "gdc-controlplane-v2", cluster: "uc1" });
    expect(`${user.stdout}\n`).toBe(key);
  });

  it("is not shown to a terminal, nor asked for", async () => {
    process.stdout.isTTY = true;
    asked.length = 0;
    const { exitCode, stdout, stderr } = await run({});
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: "" });
    expect(stderr).toMatch(
      /^Standard output is a terminal.* \| pulumi config set --secret --path ssh\.privateKey$/,
    );
    expect(asked).toEqual([]);
  });

  it("is set by pulumi's standard input, at a terminal too; no argument and no line has it", async () => {
    process.stdout.isTTY = true;
    const { exitCode, stdout, stderr } = await run({ set: "night-1" });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
    expect(stderr).toBe("ssh.privateKey is set, from field vsphere_tmp of Secret kube-system/sshkeys.");
    expect(readFileSync(file("told"), "utf8")).toBe(
      "config set --secret --path ssh.privateKey --non-interactive --stack night-1\n",
    );
    expect(readFileSync(file("given"), "utf8")).toBe(key);
    await run({ set: true });
    expect(readFileSync(file("told"), "utf8")).not.toContain("--stack");
  });

  it.each<[string, KeyCommandOptions, number, RegExp]>([
    ["no Secret", { namespace: "none" }, 2, /^Secret none\/sshkeys: there is none on https:/],
    [
      "no such field",
      { profile: "gdc-controlplane-v2", cluster: "uc3" },
      3,
      /its field ssh\.key is not there\./,
    ],
    ["a key with a passphrase", { profile: "gdc-controlplane-v2", cluster: "uc2" }, 3, /has a passphrase/],
    ["no kubeconfig", { kubeconfig: "/none" }, 2, /^--kubeconfig: \/none/],
  ])("hands on nothing: %s", async (_, options, code, sentence) => {
    writeFileSync(file("told"), "");
    for (const set of [undefined, true] as const) {
      const { exitCode, stdout, stderr } = await run({ ...options, ...(set === undefined ? {} : { set }) });
      expect({ exitCode, stdout }, stderr).toEqual({ exitCode: code, stdout: "" });
      expect(stderr).toMatch(sentence);
      expect(stderr).not.toContain("PRIVATE");
    }
    expect(readFileSync(file("told"), "utf8")).toBe("");
  });

  it("says what pulumi said where it fails", async () => {
    writeFileSync(file("broken"), "");
    const { exitCode, stderr } = await run({ set: true });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^pulumi config set ended with 255: no stack\. .*--set STACK$/);
  });
});
