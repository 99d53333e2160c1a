import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import type { ExecaChildProcess } from "execa";
import { CertificateAuthority } from "../../../lab/clusters/certificateAuthority";
import type { Lab } from "../../../lab/lab";
import { FaultFiles } from "./faultFiles";
import { type FaultAction, FaultSwitch } from "./faultSwitch";
import { ProxiedKubeconfig } from "./proxiedKubeconfig";

export type { FaultAction };

/** What a proxy needs of a lab: a way into the network of the steps, and a kubeconfig with everything inside it. */
export type ProxiedLab = Pick<Lab, "run" | "adminKubeconfig">;

/**
 * Faults between the steps and the admin cluster's API server. Every effect of a step is a request, so the instants of
 * a restore can be numbered, and each can be the one at which the run fails or dies. Whoever shall meet faults is given
 * this proxy's kubeconfig.
 */
export class FaultProxy extends FaultSwitch {
  private kubeconfigs = 0;
  /** Leads to the proxy with the lab's own administrator. Mode 0600. */
  readonly kubeconfig: string;

  private constructor(
    files: FaultFiles,
    private readonly server: ExecaChildProcess,
    private readonly original: ProxiedKubeconfig,
    private readonly address: string,
  ) {
    super(files);
    this.kubeconfig = this.writeKubeconfig();
  }

  /** Starts the proxy in the network of the lab's workstation. @throws Error when it does not start */
  static async start(lab: ProxiedLab): Promise<FaultProxy> {
    const files = new FaultFiles(mkdtempSync(join(tmpdir(), "etcd-recovery-faults-")));
    try {
      const original = ProxiedKubeconfig.read(lab.adminKubeconfig);
      files.upstream = original.upstream;
      const [program] = await Promise.all([bundle(files.directory), certify(files.directory)]);
      const server = lab.run([process.execPath, program, files.directory], { stdin: "pipe", reject: false });
      return new FaultProxy(files, server, original, `https://127.0.0.1:${await portOf(server)}`);
    } catch (error) {
      rmSync(files.directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** Writes a kubeconfig like {@link kubeconfig} with another user, for example `{ token }`. @returns its path, mode 0600 */
  async kubeconfigWith(user: object): Promise<string> {
    return this.writeKubeconfig(user);
  }

  /** Ends the proxy. @throws Error when it had ended by itself: its clients saw faults that nobody ordered */
  async dispose(): Promise<void> {
    const died = this.server.exitCode !== null || this.server.signalCode !== null;
    this.server.stdin?.end();
    const patience = setTimeout(() => this.server.kill("SIGKILL"), 5000);
    const { stderr } = await this.server;
    clearTimeout(patience);
    rmSync(this.files.directory, { recursive: true, force: true });
    if (died) throw new Error(`the proxy for faults had ended by itself: ${stderr}`);
  }

  private writeKubeconfig(user?: object): string {
    this.kubeconfigs += 1;
    const path = join(this.files.directory, `proxied-${this.kubeconfigs}.kubeconfig`);
    const authority = readFileSync(join(this.files.directory, "ca.crt"), "utf8");
    writeFileSync(path, this.original.leadingTo(this.address, authority, user), { mode: 0o600 });
    return path;
  }
}

/** One file starts several times faster than its sources. @returns its path */
async function bundle(directory: string): Promise<string> {
  const outfile = join(directory, "faultServer.cjs");
  const entryPoints = [join(__dirname, "faultServer.ts")];
  await build({ entryPoints, outfile, bundle: true, platform: "node", target: "node20", format: "cjs" });
  return outfile;
}

async function certify(directory: string): Promise<void> {
  const authority = await CertificateAuthority.make(directory, "ca", "faults of etcd-recovery");
  const names = ["IP:127.0.0.1", "DNS:localhost"];
  await authority.issue({ file: "server", subject: "/CN=faults", usages: ["serverAuth"], names });
}

async function portOf(server: ExecaChildProcess): Promise<number> {
  const { stdout } = server;
  if (stdout === null) throw new Error("the proxy for faults has no standard output");
  const ended = server.then(({ exitCode, stderr }) => {
    throw new Error(`the proxy for faults did not start, exit code ${exitCode}: ${stderr}`);
  }) as Promise<never>;
  ended.catch(() => undefined);
  const [line] = await Promise.race([once(createInterface(stdout), "line"), ended]);
  return Number(line);
}
