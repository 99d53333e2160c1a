import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import execa, { type ExecaChildProcess } from "execa";
import { freePort } from "../../agent/freePort";
import type { Tools } from "../../lab/tools/provideTools";
import { EtcdServer } from "./etcdServer";

const START_MS = 120_000;

/** A bare API server with an etcd of its own, on loopback: real content without a cluster. Must be stopped. */
export class ApiServer {
  private constructor(
    readonly etcd: EtcdServer,
    private readonly kubectlPath: string,
    private readonly kubeconfig: string,
    private readonly child: ExecaChildProcess,
    private readonly log: string,
  ) {}

  /**
   * @param directory is filled with keys, data and logs. Secrets are encrypted with the key `test-key` of aesgcm.
   * @param flags further ones of kube-apiserver
   */
  static async start(tools: Tools, directory: string, flags: readonly string[] = []): Promise<ApiServer> {
    const etcdTools = { etcd: tools.path("etcd"), etcdctl: tools.path("etcdctl") };
    const etcd = await EtcdServer.start(etcdTools, path.join(directory, "etcd"));
    const port = await freePort();
    const token = randomBytes(16).toString("hex");
    const file = (name: string, text: string) => {
      fs.writeFileSync(path.join(directory, name), text, { mode: 0o600 });
      return path.join(directory, name);
    };
    await execa("openssl", ["genrsa", "-out", path.join(directory, "sa.key"), "2048"]);
    const argv = [
      ["--etcd-servers", etcd.url],
      ["--bind-address", "127.0.0.1"],
      ["--secure-port", String(port)],
      ["--cert-dir", path.join(directory, "certs")],
      ["--service-account-key-file", path.join(directory, "sa.key")],
      ["--service-account-signing-key-file", path.join(directory, "sa.key")],
      ["--service-account-issuer", "https://test.invalid"],
      ["--service-cluster-ip-range", "10.96.0.0/24"],
      ["--authorization-mode", "RBAC"],
      ["--token-auth-file", file("tokens.csv", `${token},admin,admin,system:masters\n`)],
      ["--encryption-provider-config", file("encryption.json", encryptionConfig())],
      ["--disable-admission-plugins", "ServiceAccount"],
      [...flags],
    ].flat();
    const log = path.join(directory, "apiserver.log");
    const output = fs.openSync(log, "a");
    const child = execa(tools.path("kube-apiserver"), argv, {
      stdio: ["ignore", output, output],
      reject: false,
    });
    fs.closeSync(output);
    const kubeconfig = file("kubeconfig", kubeconfigOf(port, token));
    const server = new ApiServer(etcd, tools.path("kubectl"), kubeconfig, child, log);
    await server.waitUntilReady();
    return server;
  }

  async kubectl(argv: readonly string[], input = ""): Promise<string> {
    return (await execa(this.kubectlPath, ["--kubeconfig", this.kubeconfig, ...argv], { input })).stdout;
  }

  async raw<T>(url: string): Promise<T> {
    return JSON.parse(await this.kubectl(["get", "--raw", url])) as T;
  }

  async stop(): Promise<void> {
    this.child.kill("SIGTERM", { forceKillAfterTimeout: 10_000 });
    await this.child;
    await this.etcd.stop();
  }

  private async waitUntilReady(): Promise<void> {
    for (const deadline = Date.now() + START_MS; ; ) {
      try {
        await this.kubectl(["get", "--raw", "/readyz"]);
        return;
      } catch (error) {
        if (Date.now() > deadline || this.child.exitCode !== null) {
          await this.stop();
          throw new Error(`${error}\n${fs.readFileSync(this.log, "utf8").slice(-2000)}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }
}

function encryptionConfig(): string {
  const secret = randomBytes(32).toString("base64");
  return JSON.stringify({
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "EncryptionConfiguration",
    resources: [
      { resources: ["secrets"], providers: [{ aesgcm: { keys: [{ name: "test-key", secret }] } }] },
    ],
  });
}

function kubeconfigOf(port: number, token: string): string {
  const cluster = { server: `https://127.0.0.1:${port}`, "insecure-skip-tls-verify": true };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    clusters: [{ name: "test", cluster }],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
  });
}
