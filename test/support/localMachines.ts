import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MachineScript } from "../../components/access/ssh/remoteCommand";
import { MEMORY_DIRECTORY } from "../../components/nodes/machineScripts";
import type { Machines } from "../../components/nodes/nodesContext";
import { kubeadm } from "../../components/profiles/kubeadm";

/**
 * Machines that are directories of this one: each has its own /etc/kubernetes, and a containerd that runs exactly what
 * has a manifest there.
 */
export class LocalMachines implements Machines {
  readonly directory = mkdtempSync(join(tmpdir(), "etcd-recovery-machines-"));
  /** Scripts that were run, as "machine: first argument". */
  readonly ran: string[] = [];

  constructor(
    readonly names: readonly string[],
    manifests: Readonly<Record<string, string>>,
  ) {
    for (const name of names) {
      mkdirSync(this.path(name, kubeadm.manifests), { recursive: true });
      for (const [file, text] of Object.entries(manifests)) this.write(name, file, text);
      this.containerd(name);
    }
  }

  path = (machine: string, absolute: string): string => join(this.directory, machine, absolute);
  manifests = (machine: string): string[] => readdirSync(this.path(machine, kubeadm.manifests)).sort();
  parked = (machine: string): string[] => readdirSync(this.path(machine, `${kubeadm.state}/parked`)).sort();
  ledger = (machine: string): Record<string, string> =>
    JSON.parse(readFileSync(this.path(machine, `${kubeadm.state}/ledger.json`), "utf8"));

  write(machine: string, file: string, text: string): void {
    writeFileSync(this.path(machine, `${kubeadm.manifests}/${file}`), text);
  }

  /** A server that does not end by itself once its manifest is parked. */
  linger(machine: string, container: string): void {
    writeFileSync(this.path(machine, `lingers/${container}`), "");
  }

  /** A fence that another restore has left there. */
  leaveFence(machine: string, id: string): void {
    writeFileSync(this.path(machine, "tables"), `table inet etcd-recovery-${id}\n`);
  }

  run(machine: string, { text, argv }: MachineScript, _seconds: number, input = "") {
    this.ran.push(`${machine}: ${argv[0] ?? ""}`);
    const local = text
      .replaceAll("/etc/kubernetes", this.path(machine, "/etc/kubernetes"))
      .replaceAll(MEMORY_DIRECTORY, this.path(machine, MEMORY_DIRECTORY));
    const env = { PATH: `${this.path(machine, "bin")}:${process.env.PATH}` };
    const child = spawn("/bin/dash", ["-c", local, "etcd-recovery", ...argv], { env });
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    return new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
      child.once("close", (code) =>
        done({
          code: code ?? -1,
          stdout: Buffer.concat(stdout).toString(),
          stderr: Buffer.concat(stderr).toString(),
        }),
      );
    });
  }

  forward = () => Promise.reject(new Error("there is no way to a port here"));
  send = () => Promise.reject(new Error("nothing is sent here"));
  receive = () => Promise.reject(new Error("nothing is received here"));

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private containerd(machine: string): void {
    const bin = this.path(machine, "bin");
    mkdirSync(bin);
    const files = this.path(machine, kubeadm.manifests);
    const lingers = this.path(machine, "lingers");
    mkdirSync(lingers);
    const body = `case "$*" in
      *containers\\ list*) name=\${*##*container.name}; name=\${name#?==}; name=\${name%%,*}
        [ ! -e "${files}/$name.yaml" ] && [ ! -e "${lingers}/$name" ] || echo "id-$name" ;;
      *tasks\\ list*) for file in "${files}"/*.yaml "${lingers}"/*; do
        file=\${file##*/}; echo "id-\${file%.yaml} 1 RUNNING"; done ;;
      *kill*) rm -f "${lingers}/\${*##*id-}" ;;
    esac`;
    writeFileSync(join(bin, "ctr"), `#!/bin/sh\n${body}\n`);
    writeFileSync(join(bin, "curl"), "#!/bin/sh\necho ok\n");
    // Tables are lines of a file; what is told of any of them removes all.
    const tables = this.path(machine, "tables");
    const nft = `case "$*" in "list tables") cat "${tables}" 2> /dev/null || true ;; *) rm -f "${tables}" ;; esac`;
    writeFileSync(join(bin, "nft"), `#!/bin/sh\n${nft}\n`);
    for (const name of ["ctr", "curl", "nft"]) chmodSync(join(bin, name), 0o755);
  }
}
