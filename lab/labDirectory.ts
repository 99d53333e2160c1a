import { join } from "node:path";
import { UserError } from "../components/errors";
import type { ControlPlaneName, MachineName } from "./lab";

/** Where things lie in a lab's state directory. */
export class LabDirectory {
  readonly name: string;
  readonly path: string;

  /** Throws UserError when the name or the base directory cannot be used. */
  constructor(name: string, base = process.env.ETCD_RECOVERY_LAB_DIR ?? "/var/lib/etcd-recovery-lab") {
    if (!/^[a-z][a-z0-9-]{0,19}$/.test(name)) {
      throw new UserError(
        `"${name}" cannot name a lab.`,
        "Use at most 20 lower-case letters, digits and dashes, beginning with a letter.",
      );
    }
    if (!/^\/[\w./-]+$/.test(base)) {
      throw new UserError(
        `ETCD_RECOVERY_LAB_DIR is "${base}".`,
        "Set it to an absolute path of letters, digits, dots and dashes, on ext4 or xfs.",
      );
    }
    this.name = name;
    this.path = join(base, name);
  }

  /** Directory of all labs of this base. */
  get base(): string {
    return join(this.path, "..");
  }
  get stateFile(): string {
    return join(this.path, "lab.json");
  }
  /** Wrappers that run tools in the workstation's network. */
  get bin(): string {
    return join(this.path, "bin");
  }
  /** Certificates and keys of the cluster whose control plane is on machines; in `pki` what these share. */
  get adminPki(): string {
    return join(this.path, "pki", "admin");
  }
  /** What a machine of the control plane has in its /etc/kubernetes/pki beside what all have. */
  machinePki(machine: ControlPlaneName): string {
    return join(this.adminPki, "machines", machine);
  }
  /** Kubeconfig of one of the cluster's identities: "<machine>/admin", "kubelet-<node>" and so on. */
  adminConf(identity: string): string {
    return join(this.adminPki, "conf", `${identity}.conf`);
  }
  /** Certificate and key of one of these identities, without `.crt` and `.key`. */
  adminClient(identity: string): string {
    return join(this.adminPki, "clients", identity);
  }
  userPki(cluster: string): string {
    return join(this.path, "pki", cluster);
  }
  get adminKubeconfig(): string {
    return join(this.path, "kubeconfig", "admin.kubeconfig");
  }
  kubeconfig(name: string): string {
    return join(this.path, "kubeconfig", `${name}.kubeconfig`);
  }
  /** Key pair of the SSH user, and the machines' host keys. */
  get ssh(): string {
    return join(this.path, "ssh");
  }
  machine(name: MachineName): MachineDirectory {
    return new MachineDirectory(join(this.path, "machines", name));
  }
}

/** Where things lie in a machine's directory. */
export class MachineDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Upper layer over the host's root: what the machine has of its own. */
  get upper(): string {
    return join(this.path, "upper");
  }
  /** Real directories of the host's file system, bound into the machine (no overlay below etcd or containerd). */
  get data(): string {
    return join(this.path, "data");
  }
  get logs(): string {
    return join(this.path, "log");
  }
  /** Log of a daemon of the machine. */
  log(daemon: string): string {
    return join(this.logs, `${daemon}.log`);
  }
}
