import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../agent/freePort";
import { KubeApi } from "../../lab/plugins/kubernetes/kubeApi";
import { readConnection } from "../../lab/plugins/kubernetes/kubeconfig";
import type { PropertyMap } from "../../lab/plugins/rpc/values";
import { provideTools, type Tools } from "../../lab/tools/provideTools";

/** A Kubernetes API on loopback: etcd, API server and the controllers that delete; no node, so Pods become what a test says. */
export class ApiServer {
  readonly #processes: ChildProcess[] = [];

  private constructor(
    private readonly directory: string,
    private readonly tools: Tools,
  ) {}

  /** Path of an administrator's kubeconfig. */
  get kubeconfig(): string {
    return join(this.directory, "kubeconfig.yaml");
  }

  static async start(): Promise<ApiServer> {
    const tools = await provideTools({ only: ["etcd", "kube-apiserver", "kube-controller-manager"] });
    const server = new ApiServer(await mkdtemp(join(tmpdir(), "etcd-recovery-api-")), tools);
    try {
      await server.#start();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Calls the API as an administrator. */
  async call(
    method: "GET" | "POST" | "PATCH" | "DELETE",
    path: string,
    body?: PropertyMap,
  ): Promise<PropertyMap> {
    const api = new KubeApi(await readConnection({ kubeconfig: this.kubeconfig }));
    const contentType = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    return await api.call({ method, path, contentType, ...(body === undefined ? {} : { body }) });
  }

  /** Says what a kubelet would say of a Pod. */
  async setPodStatus(namespace: string, pod: string, status: PropertyMap): Promise<void> {
    await this.call("PATCH", `/api/v1/namespaces/${namespace}/pods/${pod}/status`, { status });
  }

  async stop(): Promise<void> {
    for (const child of this.#processes.reverse()) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode === null && child.signalCode === null && child.kill("SIGTERM")) {
        const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
        await ended;
        clearTimeout(timer);
      }
    }
    await rm(this.directory, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    const [client, peer, api] = [await freePort(), await freePort(), await freePort()];
    const token = randomBytes(16).toString("hex");
    await this.#writeCredentials(token, api);
    const etcd = `http://127.0.0.1:${client}`;
    this.#spawn("etcd", [
      `--data-dir=${join(this.directory, "etcd")}`,
      `--listen-client-urls=${etcd}`,
      `--advertise-client-urls=${etcd}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      "--unsafe-no-fsync",
    ]);
    this.#spawn("kube-apiserver", [
      `--etcd-servers=${etcd}`,
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      `--secure-port=${api}`,
      `--cert-dir=${join(this.directory, "certificates")}`,
      `--token-auth-file=${join(this.directory, "tokens.csv")}`,
      "--authorization-mode=RBAC",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-signing-key-file=${join(this.directory, "sa.key")}`,
      `--service-account-key-file=${join(this.directory, "sa.pub")}`,
      "--service-cluster-ip-range=10.96.0.0/16",
      // Nobody makes the ServiceAccount "default" that this plugin would ask for.
      "--disable-admission-plugins=ServiceAccount",
    ]);
    await this.#ready();
    // Deletion with foreground propagation ends by the garbage collector, that of a namespace by its controller.
    this.#spawn("kube-controller-manager", [
      `--kubeconfig=${this.kubeconfig}`,
      `--authentication-kubeconfig=${this.kubeconfig}`,
      `--authorization-kubeconfig=${this.kubeconfig}`,
      "--controllers=garbage-collector-controller,namespace-controller",
      "--leader-elect=false",
      "--secure-port=0",
    ]);
  }

  async #writeCredentials(token: string, port: number): Promise<void> {
    const certificates = join(this.directory, "certificates");
    await mkdir(certificates, { mode: 0o700 });
    const keys = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    const files = {
      "tokens.csv": `${token},admin,admin,system:masters\n`,
      "sa.key": keys.privateKey,
      "sa.pub": keys.publicKey,
      "kubeconfig.yaml": kubeconfigOf(port, token, join(certificates, "apiserver.crt")),
    };
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(this.directory, name), content, { mode: 0o600 });
    }
  }

  #spawn(tool: "etcd" | "kube-apiserver" | "kube-controller-manager", args: readonly string[]): void {
    const child = spawn(this.tools.path(tool), args, {
      stdio: ["ignore", "pipe", "pipe"],
      cwd: this.directory,
    });
    const log = createWriteStream(join(this.directory, `${tool}.log`));
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    this.#processes.push(child);
  }

  async #ready(): Promise<void> {
    for (let attempt = 0; attempt < 240; attempt++) {
      const ended = this.#processes.find((child) => child.exitCode !== null);
      if (ended !== undefined) {
        throw new Error(`${ended.spawnfile} ended: ${await this.#lastLogLines()}`);
      }
      const found = await this.call("GET", "/api/v1/namespaces/default").catch(() => undefined);
      if (found !== undefined) {
        return;
      }
      await sleep(250);
    }
    throw new Error(`the API server did not become ready: ${await this.#lastLogLines()}`);
  }

  async #lastLogLines(): Promise<string> {
    const log = await readFile(join(this.directory, "kube-apiserver.log"), "utf8");
    return log.split("\n").slice(-10).join("\n");
  }
}

function kubeconfigOf(port: number, token: string, authority: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    clusters: [
      {
        name: "test",
        // The API server signs its own certificate, which is then its own authority.
        cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority": authority },
      },
    ],
    contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
    users: [{ name: "admin", user: { token } }],
  });
}
