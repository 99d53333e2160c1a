import type { FoundWorkload } from "./ledgerRecord";
import type { Permit } from "./substrate";

/** A workload of the restored cluster that has a number of replicas. */
export interface ScaledWorkload {
  /** `namespace/Kind/name` */
  readonly name: string;
  readonly replicas: number;
  /** What owns it, `Kind/name`, which may scale it back; undefined: nothing does. */
  readonly owner?: string | undefined;
}

/** An instance of such a workload, as the restored cluster knows it. */
export interface WorkloadPod {
  /** `namespace/name` */
  readonly name: string;
  readonly uid: string;
  /** What keeps its object from going, as its finalizers' names. */
  readonly finalizers: readonly string[];
}

/** The restored cluster by a way of our own, which a fence does not bar. */
export interface FencedCluster {
  /** Whether /readyz answers. */
  answers(): Promise<boolean>;
  /** All workloads that may be told a number. */
  workloads(): Promise<readonly ScaledWorkload[]>;
  /**
   * Tells a workload, and what it has made to carry its number out, to have so many instances. Up from 0 only what it
   * itself is told: the rest follows. Nothing where it is told so already, or is gone. @returns whether it is there
   */
  scale(name: string, replicas: number): Promise<boolean>;
  /** The instances of a workload, also those that it would take over. */
  podsOf(name: string): Promise<readonly WorkloadPod[]>;
  /** Removes an instance's object at once; whoever runs it is told when it can ask. One with another UID stays. */
  remove(pod: WorkloadPod): Promise<void>;
}

/** How a fence stands. */
export interface FenceState {
  /** Machines on which it does not stand, or whose API server is not behind it. */
  readonly missing: readonly string[];
  /** Machines whose API server is wanted without a fence. */
  readonly loose: readonly string[];
  /** Machines whose API server is not wanted for everybody, or that have something of the fence still. */
  readonly closed: readonly string[];
}

/**
 * Keeps a restored control plane to ourselves until chosen workloads are at 0; not every substrate has one. Calls that
 * change something ask the permit first, and are taken only under the ledger that it was judged by.
 */
export interface Fence {
  /** Bars the API servers, before they start, to everybody but us. Safe to repeat: nobody gets through meanwhile. */
  raise(id: string, permit: Permit): Promise<void>;
  /** Starts API servers behind it: where it has gone they are not started again by themselves. Does not wait. */
  start(id: string, workload: FoundWorkload, permit: Permit): Promise<void>;
  state(id: string): Promise<FenceState>;
  /** Starts the API servers for good, and leaves nothing of the fence. */
  open(permit: Permit): Promise<void>;
  /** Leaves nothing of the fence, nor what was started behind it: for the way back. */
  lift(permit: Permit): Promise<void>;
  readonly cluster: FencedCluster;
}
