import { writeFile } from "node:fs/promises";
import type { ControlPlaneName, Lab } from "../../lab/lab";

const pki = "/etc/kubernetes/pki/etcd";
const access = [
  "--endpoints=https://127.0.0.1:2379",
  `--cacert=${pki}/ca.crt`,
  `--cert=${pki}/healthcheck-client.crt`,
  `--key=${pki}/healthcheck-client.key`,
];

/** A control plane on the lab's machines, as its administrator asks it: one of its members, and its objects. */
export class MachineEtcd {
  constructor(
    readonly lab: Lab,
    readonly machine: ControlPlaneName,
  ) {}

  async etcdctl(...argv: string[]): Promise<string> {
    return (await this.lab.onMachine(this.machine, ["etcdctl", ...access, ...argv])).stdout;
  }

  /** Takes a snapshot into a file of this machine's. */
  async snapshot(path: string): Promise<void> {
    const there = "/run/s.db";
    await this.etcdctl("snapshot", "save", there);
    const { stdout } = await this.lab.onMachine(this.machine, ["base64", "-w0", there]);
    await writeFile(path, Buffer.from(stdout, "base64"));
    await this.lab.onMachine(this.machine, ["rm", there]);
  }

  /** Creates a ConfigMap. */
  async write(name: string): Promise<void> {
    await this.lab.kubectl(["create", "configmap", name, "-n", "default", "--from-literal=a=1"]);
  }

  /** Those that were created. */
  async configMaps(): Promise<string[]> {
    const { stdout } = await this.lab.kubectl(["get", "configmaps", "-n", "default", "-o", "name"]);
    return stdout.split("\n").filter((name) => !name.includes("kube-root-ca"));
  }
}
