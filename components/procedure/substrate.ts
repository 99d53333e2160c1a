import type { MemberCall } from "../member/memberCall";
import type { Fence } from "./fence";
import type { HostedControlPlane } from "./hosted";
import type { Found, FoundWorkload } from "./ledgerRecord";
import type { LedgerStore } from "./ledgerStore";
import type { MemberPki } from "./memberPki";
import type { MemberRepair } from "./memberRepair";
import type { Refusal } from "./refusal";
import type { PreflightRequest } from "./request";
import type { Site } from "./site";

/** One etcd member, as etcd names it. */
export interface Member {
  /** e.g. "kube-etcd-0" */
  readonly name: string;
  /** e.g. "https://kube-etcd-0.kube-etcd:2380" */
  readonly peerUrl: string;
  readonly clientUrl: string;
}

/** Asks whether a change may still be made, right before it is made; rejects when it may not. */
export type Permit = () => Promise<void>;

/** What the operation has found out before anything was made. */
export interface Judgement {
  /** Every reason not to go on, the gravest first. */
  readonly refusals: readonly Refusal[];
  /** What is worth knowing, a sentence each. */
  readonly notes: readonly string[];
  /** Where each member's volume can be reached, by member; absent: anywhere. */
  readonly places: Readonly<Record<string, string>>;
  /** What of the members' own instances whatever works on their volumes needs as well, in the substrate's own words; absent: nothing. */
  readonly like?: object;
  /** etcd's version as the substrate configures it, where that says one; for members that cannot be asked. */
  readonly serverVersion?: string;
  /** Versions of the API servers as the substrate configures them, each once. */
  readonly kubernetesVersions?: readonly string[];
}

/** How a member script ended when it did not end well. */
export class MemberScriptError extends Error {
  /**
   * @param member whose volume. @param code exit code: 75 what arrived is not what was announced, 76 another snapshot is
   *   swapped already, 77 the snapshot is not on the volume, else a failure
   * @param said its standard error
   */
  constructor(
    readonly member: string,
    readonly code: number,
    readonly said: string,
  ) {
    super(`member ${member}: ${said.trim() || `its script ended with ${code}`}`);
    this.name = "MemberScriptError";
  }
}

/** A file on the operator's machine that goes to a volume. */
export interface FileSource {
  /** Absolute. A file packed by zstd or gzip is sent unpacked. */
  readonly path: string;
  /** With the age identities that open it, which is sent decrypted; undefined of one that is not encrypted. */
  readonly identityFile?: string | undefined;
  /** How it is packed on its way; both ends must know it. */
  readonly codec: "none" | "gzip" | "zstd";
}

/** The members' volumes, and the scripts of components/member/ that work on them. */
export interface Volumes {
  /** They are mounted by others: without its mount a directory is there all the same, and holds nothing. */
  readonly mayBeUnmounted?: true;
  /** Waits until the member's volume can be worked on; says why it cannot. Makes nothing anew. */
  await(member: string): Promise<void>;
  /**
   * Runs a script on the volume. From the guard on, what held the volume and has ended is made anew from the ledger.
   *
   * @returns its standard output
   * @throws MemberScriptError when it ends with another code than 0; other errors when it could not be asked
   */
  run(member: string, call: MemberCall): Promise<string>;
  /** The same, with a file as its standard input. Bounded by progress, not by total time. */
  send(member: string, call: MemberCall, source: FileSource): Promise<string>;
  /** The same, with the standard output of a script on another member's volume. */
  copy(from: string, fromCall: MemberCall, to: string, toCall: MemberCall): Promise<string>;
  /** Codecs that this machine can pack. */
  codecs(): Promise<readonly ("gzip" | "zstd")[]>;
  /** Of one directory; "" when none: what a later run needs to reach the volumes anew. Kept in the ledger as `reach`. */
  describe(): Promise<Readonly<Record<string, string>>>;
  /** Lets go of the volumes: ends what holds them and waits until nothing does. Etcd may start anywhere then. */
  release(members: readonly string[]): Promise<void>;
  /** Members whose volume is held by something of this operation, living or starting. */
  held(): Promise<readonly string[]>;
  /**
   * Clears what only the operation needed, that no stack knows. @param own objects that the stack knows, `Kind/name`
   *
   * @returns warnings: left-overs of others. @throws UserError that lists what could not be removed
   */
  clean(own: readonly string[] | undefined): Promise<readonly string[]>;
  /** Removes everything that the operation made for itself, where no stack will. */
  removeAll(): Promise<void>;
}

/** How a command of etcd's own client ended. */
export interface EtcdAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** etcd's own client, run where a member is. */
export interface EtcdClient {
  /**
   * @param member where it runs. @param argv without endpoints and credentials
   * @param options endpoints: the member's own (default), all members', or these client URLs; seconds, default 5
   * @returns also for a command that failed; code -1 when the member could not be reached at all
   */
  run(
    member: string,
    argv: readonly string[],
    options?: { readonly endpoints?: "own" | "all" | readonly string[]; readonly seconds?: number },
  ): Promise<EtcdAnswer>;
  /** Who, of another cluster, still talks to this member and is refused; a phrase each, at most 3. */
  strangers(member: string): Promise<readonly string[]>;
  /** etcd's quota in bytes where members do not say it (before 3.6): configured, else etcd's own 2 GiB. */
  configuredQuota(): Promise<bigint>;
}

/** Something that should be gone and is not, or is there again. */
export interface Still {
  readonly workload: string;
  /** As wanted by whoever wrote it last. Above 0 after it was set to 0, somebody started it again. */
  readonly wanted: number;
  /** Running or ending instances by name. */
  readonly instances: readonly string[];
  /** A sentence: who wrote the wanted number and when, what owns it, what to pause; "" when nothing says it. */
  readonly by: string;
  /** Its last events, a line each. */
  readonly events: readonly string[];
}

export interface Readiness {
  /** Instances that serve. */
  readonly ready: number;
  readonly wanted: number;
  /** An autoscaler wrote the wanted number last. Absent: it did not, or nothing says so. */
  readonly autoscaled?: boolean;
}

/** The servers and controllers of a control plane: stopping, starting, and what is wrong with them. */
export interface Workloads {
  /**
   * Looks at all of them; changes nothing.
   *
   * @param before what was found once: it has the number of one that is at 0, which only the stack could give again
   */
  find(before?: Found): Promise<{
    readonly found: Found;
    readonly refusals: readonly Refusal[];
    readonly notes: readonly string[];
  }>;
  /**
   * Tells a workload to have no instances, fast. The permit is asked after the workload was read, and the change is taken
   * only for the workload as it was read: a late part of a killed run changes nothing. Does not wait.
   */
  stop(workload: FoundWorkload, permit: Permit): Promise<void>;
  /** No workload has more instances here; absent: as many as are wanted. */
  readonly most?: number;
  /** What of these is not gone: no instance left (confirmed by its machine), wanted number 0. [] when all are gone. */
  still(workloads: readonly FoundWorkload[]): Promise<readonly Still[]>;
  /**
   * Tells a workload to have its recorded instances again, under the same conditions as {@link stop}. One that is no member
   * and has more already keeps them: what scales it has done so since. Does not wait.
   */
  start(workload: FoundWorkload, permit: Permit): Promise<void>;
  readiness(workload: FoundWorkload): Promise<Readiness>;
  /** Whether instances end again and again, so that waiting is pointless. */
  crashing(workload: FoundWorkload): Promise<boolean>;
  /** Makes instances anew that wait for minutes before they are started again, after their cause was mended. */
  renew(workload: FoundWorkload): Promise<void>;
  /** Why it does not come up, a line each, without secrets. */
  trouble(workload: FoundWorkload): Promise<readonly string[]>;
  /** Makes the instances of a workload that was not stopped anew, one at a time where it says so. @returns ready again */
  restart(name: string, namespace: string | undefined): Promise<Readiness>;
}

/** What limits evictions while a control plane runs; not every substrate has one. */
export interface Budget {
  /** Fit to be created again; "" when there is none. */
  read(): Promise<string>;
  /** Removes the one that was read, under the permit; one that was made since stays. */
  remove(saved: string, permit: Permit): Promise<void>;
  /** Creates it where there is none. */
  restore(saved: string): Promise<void>;
  /** What of the live one is not as saved, a phrase each; [] when all is. */
  differences(saved: string): Promise<readonly string[]>;
}

/** The restored cluster at its own address, as its users reach it. */
export interface UserApi {
  /** Whether it can be asked at all: a kubeconfig for it is known. */
  readonly known: boolean;
  /** Whether /readyz answers. */
  answers(): Promise<boolean>;
  /** UID of its Namespace kube-system; undefined when it does not answer. */
  clusterUid(): Promise<string | undefined>;
  /** renewTime of a leader lease in kube-system; undefined when there is none. */
  leaseRenewed(name: string): Promise<string | undefined>;
  /** Empties the holder of a leader lease, so that the next candidate takes it at once. Only while no holder lives. */
  releaseLease(name: string): Promise<void>;
  /** Control planes that run as Pods of it; undefined when it does not answer. Absent: nobody asks a hosted one. */
  hosted?(): Promise<readonly HostedControlPlane[] | undefined>;
}

/** Sentences that contain commands of a substrate's own tools. */
export interface Advice {
  /** e.g. "namespace uc1" */
  readonly place: string;
  /** Finish or go back, also without the stack. */
  readonly twoWaysOut: string;
  lookAtLedger(): string;
  lookAtMember(member: string): string;
  lookAtWorkload(workload: string): string;
  lookAtUserApi(): string;
  /** How to stop by hand what somebody started. */
  stopByHand(workloads: readonly string[]): string;
  /** How to give a workload this number by hand. */
  scaleByHand(workload: string, replicas: number | "N"): string;
  /** How to free etcd's space by hand. */
  defragment(): string;
  /** Removes a budget that is not as it was, so that the recorded one is put back. */
  removeBudget(): string;
}

/** Where the members live. A new substrate provides this, and the procedure works on it. */
export interface Substrate {
  readonly members: readonly Member[];
  readonly ledger: LedgerStore;
  readonly volumes: Volumes;
  readonly etcd: EtcdClient;
  readonly workloads: Workloads;
  readonly budget: Budget | undefined;
  readonly userApi: UserApi;
  /** Under which its API servers keep their objects in etcd, without a slash at its end; undefined: nobody has said another than /registry. */
  readonly storagePrefix?: () => Promise<string | undefined>;
  /** undefined: this substrate cannot keep a restored cluster to ourselves. */
  readonly fence?: Fence | undefined;
  /** undefined: members keep nothing beside their data that a restore brings back. */
  readonly pki?: MemberPki | undefined;
  /** undefined: this substrate cannot replace one member beside a living quorum. */
  readonly repair: MemberRepair | undefined;
  /** undefined: this substrate does not tell its places apart. */
  readonly site?: Site | undefined;
  readonly advice: Advice;
  /** Machines of the cluster that are away for good, and that nobody waits for; none where there are no machines. */
  readonly absent?: readonly string[];
  /** Names of the cluster's parts, for the ledger: with them the cluster is found without the stack. */
  readonly names: string;
  /** Asks everything of the substrate's own that can be asked before anything is made: rights, volumes, images. Read-only. */
  judge(request: PreflightRequest): Promise<Judgement>;
  /** Ends connections, so that the process can end. */
  close(): void;
}
