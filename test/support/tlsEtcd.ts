import { execFileSync } from "node:child_process";
import { mkdirSync, openSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import execa, { type ExecaChildProcess } from "execa";
import { freePort } from "../../agent/freePort";

/** Three members on loopback: clients come over TLS with a certificate, and the test without one. Must be stopped. */
export class TlsEtcd {
  private readonly running: ExecaChildProcess[] = [];

  private constructor(
    private readonly tools: { etcd: string; etcdctl: string },
    private readonly directory: string,
    private readonly ports: readonly { peer: number; plain: number; tls: number }[],
  ) {}

  static async start(
    tools: { etcd: string; etcdctl: string },
    directory: string,
    members = 3,
    restore?: { readonly etcdutl: string; readonly snapshot: string },
  ): Promise<TlsEtcd> {
    mkdirSync(directory, { recursive: true });
    const ports = [];
    for (let n = 0; n < members; n++)
      ports.push({ peer: await freePort(), plain: await freePort(), tls: await freePort() });
    const etcd = new TlsEtcd(tools, directory, ports);
    etcd.certify();
    for (let n = 0; n < members; n++) {
      if (restore !== undefined) etcd.restore(n, restore.etcdutl, restore.snapshot);
      etcd.run(n);
    }
    await etcd.answers();
    return etcd;
  }

  /** Paths, as the agent's settings have them. */
  get tls() {
    const [ca, cert, key] = ["ca.pem", "client.pem", "client.key"].map((name) => join(this.directory, name));
    return { ca: `${ca}`, cert: `${cert}`, key: `${key}` };
  }

  get members() {
    return this.ports.map(({ tls }, n) => ({ name: `m${n}`, url: `https://127.0.0.1:${tls}` }));
  }

  /** Writes small values one after another until told to stop. @returns how long each took, in milliseconds */
  async putUntil(stop: AbortSignal): Promise<number[]> {
    const url = `http://127.0.0.1:${this.ports[0]?.plain}/v3/kv/put`;
    const took: number[] = [];
    while (!stop.aborted) {
      const begun = performance.now();
      const body = JSON.stringify({ key: "L2JlbmNo", value: "eA==" });
      await (await fetch(url, { method: "POST", body })).arrayBuffer();
      took.push(performance.now() - begun);
      await sleep(5);
    }
    return took;
  }

  tlsPort = (n: number): number => this.ports[n]?.tls ?? 0;

  async ctl(...argv: string[]): Promise<string> {
    const endpoint = `http://127.0.0.1:${this.ports[0]?.plain}`;
    const options = { env: { ETCDCTL_API: "3" }, stdin: "ignore" } as const;
    return (await execa(this.tools.etcdctl, ["--endpoints", endpoint, ...argv], options)).stdout;
  }

  kill(n: number): void {
    this.running[n]?.kill("SIGKILL");
  }

  async stop(): Promise<void> {
    for (const child of this.running) child.kill("SIGKILL");
    await Promise.all(this.running);
  }

  private certify(): void {
    const at = { cwd: this.directory, stdio: "ignore" } as const;
    const openssl = (...argv: string[]) => execFileSync("openssl", argv, at);
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca", "-days", "2");
    writeFileSync(
      join(this.directory, "san"),
      "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n",
    );
    for (const name of ["server", "client"]) {
      openssl("req", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
      const by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "san"];
      openssl("x509", "-req", "-in", `${name}.csr`, "-out", `${name}.pem`, ...by);
    }
  }

  private restore(n: number, etcdutl: string, snapshot: string): void {
    const url = (port: number) => `http://127.0.0.1:${port}`;
    const cluster = this.ports.map(({ peer }, m) => `m${m}=${url(peer)}`).join(",");
    const own = ["--name", `m${n}`, "--initial-advertise-peer-urls", url(this.ports[n]?.peer ?? 0)];
    const data = ["--data-dir", join(this.directory, `m${n}`), "--initial-cluster", cluster];
    execFileSync(etcdutl, ["snapshot", "restore", snapshot, ...own, ...data], { stdio: "ignore" });
  }

  private run(n: number): void {
    const { peer, plain, tls } = this.ports[n] ?? { peer: 0, plain: 0, tls: 0 };
    const peerUrl = (port: number) => `http://127.0.0.1:${port}`;
    const clients = `http://127.0.0.1:${plain},https://127.0.0.1:${tls}`;
    const file = (name: string) => join(this.directory, name);
    const log = openSync(file(`m${n}.log`), "a");
    const argv = [
      ...["--name", `m${n}`, "--data-dir", file(`m${n}`), "--log-level", "warn"],
      ...["--initial-cluster", this.ports.map((one, m) => `m${m}=${peerUrl(one.peer)}`).join(",")],
      ...["--initial-advertise-peer-urls", peerUrl(peer), "--listen-peer-urls", peerUrl(peer)],
      ...["--advertise-client-urls", clients, "--listen-client-urls", clients],
      ...["--cert-file", file("server.pem"), "--key-file", file("server.key")],
      ...["--trusted-ca-file", file("ca.pem"), "--client-cert-auth"],
    ];
    this.running[n] = execa(this.tools.etcd, argv, { stdio: ["ignore", log, log], reject: false });
  }

  private async answers(): Promise<void> {
    for (const ends = Date.now() + 60_000; ; await sleep(100)) {
      try {
        await this.ctl("get", "any");
        return;
      } catch (error) {
        if (Date.now() > ends) throw error;
      }
    }
  }
}

/** Passes so many bytes of a connection's answers on, then cuts it or says no more. Must be stopped. */
export async function disturbingProxy(target: number, afterBytes: number, how: "cut" | "stall") {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    for (const socket of [client, upstream]) sockets.add(socket.on("error", () => undefined));
    let passed = 0;
    upstream.on("data", (chunk) => {
      passed += chunk.length;
      if (passed <= afterBytes) client.write(chunk);
      else if (how === "cut") client.destroy();
    });
    client.on("close", () => upstream.destroy());
    client.pipe(upstream);
  });
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as { port: number }).port,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
