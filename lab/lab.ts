import type { ExecaChildProcess, Options as ExecaOptions } from "execa";

/** The simulated machines: workstation (holds the bridge), jump host, control plane, workers. */
export type MachineName = "ws" | "jump" | ControlPlaneName | WorkerName;
/** Machines of static Pods: the admin cluster's one, or the three of a control plane with stacked etcd. */
export type ControlPlaneName = "admin-cp" | "cp-a" | "cp-b" | "cp-c";
/** Workers; in a lab that hosts user clusters each carries one etcd member of every one. */
export type WorkerName = "node-a" | "node-b" | "node-c";

/**
 * What a lab consists of beside workstation and jump host:
 * - `hosted`: the admin control plane `admin-cp`, workers, and on them a user cluster whose control plane runs as Pods;
 * - `admin`: the admin control plane alone;
 * - `kubeadm`: `cp-a`, `cp-b`, `cp-c` with stacked etcd behind one address, as `kubeadm init` and two `kubeadm join
 *   --control-plane` leave them;
 * - `controlplane-v2`: the same, with etcd's data in /opt/data/var/lib/etcd and as user 2001, as in Controlplane V2.
 */
export type LabShape = "hosted" | "admin" | "kubeadm" | "controlplane-v2";

/** Shape of a user cluster whose control plane runs as Pods in the admin cluster's namespace of its name. */
export interface UserClusterOptions {
  /** Namespace in the admin cluster, a DNS label. */
  readonly name: string;
  /** etcd members. Default 3, or 1 where the lab has a single worker. */
  readonly members?: 1 | 3;
  /** API servers. Default: as many as members. */
  readonly apiservers?: number;
  /** Whether the PodDisruptionBudget `kube-apiserver-pdb` exists. Default true. */
  readonly pdb?: boolean;
}

/** What `startLab` needs to know; everything has a default. */
export interface LabOptions extends Omit<UserClusterOptions, "name"> {
  /** Name of the lab, a DNS label of at most 20 characters; labs of different names run side by side. Default "lab". */
  readonly name?: string;
  /** Default "hosted"; only that one takes the options of a user cluster. */
  readonly shape?: LabShape;
  /** Workers. Default 3 in the shape `hosted`, else none. */
  readonly workers?: 0 | 1 | 2 | 3;
  /** Whether the data directory of the control plane's etcd is a mount of its own, which cannot be renamed. Default false. */
  readonly etcdMount?: boolean;
  /** Name of the first user cluster. Default "uc1". */
  readonly cluster?: string;
  /** Receives one line of progress at a time. Default: silence. */
  readonly log?: (line: string) => void;
}

/** What {@link Lab.load} writes into a user cluster. */
export interface LoadOptions {
  /** Number of Kubernetes objects, of many kinds. */
  readonly objects: number;
  /** User cluster. Default: the lab's first; in a lab without user clusters the control plane's own cluster. */
  readonly cluster?: string;
  /** Fills the control plane's own cluster, also where it hosts user clusters. Default false. */
  readonly ownCluster?: boolean;
  /** Equal seeds write equal objects. Default 1. */
  readonly seed?: number;
}

/** What {@link Lab.load} wrote. */
export interface LoadReport {
  readonly objects: number;
  readonly byKind: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** Which members {@link Lab.damage} ruins. */
export interface DamageOptions {
  /** Ordinals of the members, or "all". Default [0, 1]: a quorum of three is lost. */
  readonly members?: readonly number[] | "all";
  /** User cluster. Default: the lab's first. */
  readonly cluster?: string;
}

/** Options of a command: those of execa, so input, env, cwd, timeout, reject, stdio. */
export type RunOptions = ExecaOptions;

/** A user cluster as it was started. */
export interface UserCluster extends Required<UserClusterOptions> {
  /** Address of its API server, reached from the workstation: `https://<address>:443`. */
  readonly address: string;
  /** Host path of an administrator's kubeconfig, mode 0600. */
  readonly kubeconfig: string;
  /** Worker of each member, in order of ordinals. */
  readonly memberNodes: readonly WorkerName[];
}

/** Where the etcd members of a control plane on machines keep their data, and as whom. */
export interface EtcdData {
  readonly dataDirectory: string;
  readonly uid: number;
  readonly gid: number;
  /** Whether the directory is a mount of its own. */
  readonly isMount: boolean;
}

/** A field of a Secret of the control plane's own cluster. */
export interface SecretField {
  readonly namespace: string;
  readonly name: string;
  readonly field: string;
}

/** A machine as its operators reach it. */
export interface SshHost {
  readonly name: MachineName;
  readonly address: string;
  /** In the form of a line of authorized_keys: "ssh-ed25519 AAAA…". */
  readonly hostKey: string;
}

/** A control plane on machines, and how to get at it. */
export interface ControlPlane {
  /** In the order of their members; the first is the one that `kubeadm init` was run on. */
  readonly hosts: readonly SshHost[];
  /** The only machine from which `hosts` take SSH connections. */
  readonly jump: SshHost;
  /** Account on all of them, with sudo that asks for no password. */
  readonly sshUser: string;
  /** Host path of that account's private key, mode 0600, without passphrase. */
  readonly privateKey: string;
  /** Host path of a known_hosts file with the keys of `hosts` and `jump`, by name and address. */
  readonly knownHosts: string;
  /** Where the private key lies in the cluster too; absent where that kind of cluster keeps none. */
  readonly sshSecret?: SecretField;
  /** URL of the API servers: of three machines the address that stands for whichever answers. */
  readonly server: string;
  /** Host path of an administrator's kubeconfig for `server`, mode 0600. */
  readonly kubeconfig: string;
  readonly etcd: EtcdData;
}

/** A running lab. All of it can be used from any process of root on the host; the machines are daemons. */
export interface Lab {
  readonly name: string;
  readonly shape: LabShape;
  /** State directory: `$ETCD_RECOVERY_LAB_DIR/<name>`, default `/var/lib/etcd-recovery-lab/<name>`. */
  readonly directory: string;
  /** Directory with every real binary: pulumi, etcd, etcdctl, etcdutl, kubectl, kube-apiserver, … */
  readonly toolsDirectory: string;
  /** Directory of wrappers (kubectl, pulumi, etcdctl, …) that run inside the workstation's network; for PATH. */
  readonly binDirectory: string;
  /** Host path of the administrator's kubeconfig of the cluster whose control plane is on machines, mode 0600. */
  readonly adminKubeconfig: string;
  /** Process id on the host of the workstation's first process; `/proc/<pid>/ns/net` is the lab's network. */
  readonly workstationPid: number;
  /** User clusters, first one first; none unless the shape is `hosted`. */
  readonly userClusters: readonly UserCluster[];
  readonly machines: readonly MachineName[];
  /** Machines that ran when the lab was opened, or were started since, and were not killed since. */
  readonly runningMachines: readonly MachineName[];

  /** The user cluster of that name, default the first. Throws UserError when there is none. */
  userCluster(name?: string): UserCluster;
  /** Host path of the user cluster's administrator kubeconfig. Default cluster: the first. */
  userKubeconfig(cluster?: string): string;
  /**
   * Runs a program of the host (host's files) inside the workstation's network namespace, the wrappers first on PATH.
   * The result is both a promise and the child process; rejects on a non-zero exit unless `reject: false`.
   */
  run(argv: readonly string[], options?: RunOptions): ExecaChildProcess;
  /** kubectl on the cluster whose control plane is on machines. */
  kubectl(argv: readonly string[], options?: RunOptions): ExecaChildProcess;
  /** kubectl on a user cluster. */
  userKubectl(cluster: string, argv: readonly string[], options?: RunOptions): ExecaChildProcess;
  /** Runs a program inside a machine: its files, processes, network. */
  onMachine(machine: MachineName, argv: readonly string[], options?: RunOptions): ExecaChildProcess;
  /** The control plane on machines; read anew at each call. */
  controlPlane(): Promise<ControlPlane>;
  /** Runs a shell command on a machine of the control plane as its operators do: OpenSSH, by the jump host, keys pinned. */
  ssh(machine: ControlPlaneName, command: string, options?: RunOptions): ExecaChildProcess;
  /** Host path of a machine's real directory, e.g. `/var/lib/local` of a worker (member volumes) or `/etc/kubernetes`. */
  machinePath(machine: MachineName, absolutePath: string): string;

  /** Starts one more user cluster and waits until its API server is ready. Throws UserError unless the shape is `hosted`. */
  addUserCluster(options: UserClusterOptions): Promise<UserCluster>;
  /** Fills a cluster with objects of many kinds. */
  load(options: LoadOptions): Promise<LoadReport>;
  /** Overwrites members' data on their nodes' disks while they run, and makes them notice. */
  damage(options?: DamageOptions): Promise<void>;
  /** Power off: kills every process of a machine at once, the first one too. Its disk stays. */
  killMachine(machine: MachineName): Promise<void>;
  /** Power on: starts a killed machine again on its disk. Returns when its kubelet runs, before its static Pods do. */
  startMachine(machine: MachineName): Promise<void>;
  /** Pulls (`false`) or plugs (`true`) a machine's network cable. */
  setLink(machine: MachineName, up: boolean): Promise<void>;
  /** Environment for programs that work with the lab: PATH, KUBECONFIG, ETCD_RECOVERY_LAB…, Pulumi's settings. */
  env(): Promise<Record<string, string>>;
  /** Pulumi's plugins in that environment: name to "official" or "stand-in". */
  plugins(): Promise<Readonly<Record<string, string>>>;
  /** Ends every machine and removes all that the lab made on this host. */
  down(): Promise<void>;
}
