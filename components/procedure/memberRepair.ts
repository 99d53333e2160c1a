import type { Permit } from "./substrate";

/** What the new log of a member is made from. */
export interface Seed {
  /** Directory beside the live data in which the new log is made; it is there already. */
  readonly directory: string;
  /** All members, the new one too: "NAME=URL,…". */
  readonly initialCluster: string;
  /** The member's own. */
  readonly peerUrl: string;
}

/**
 * What a substrate does for the repair of one member, beside its volume: it ends the member's own etcd and lets another
 * make a new log. Every call throws a UserError that says what did not happen and what to look at.
 */
export interface MemberRepair {
  /**
   * Ends the member's own instance and its seed, never by force, and waits until they have ended. Another is made at once.
   *
   * @param permit asked before what stays beyond this call. @param held its etcd could only fail yet: where the substrate
   *   can, no other is made before the next call
   */
  endInstance(member: string, permit: Permit, held?: "held"): Promise<void>;
  /** Waits until there is whatever a seed is started in; the member's own etcd may well fail. */
  awaitInstance(member: string): Promise<void>;
  /** Whether the member's present instance has had a seed: it cannot have another. */
  hasSeed(member: string): Promise<boolean>;
  /**
   * Starts an etcd of the member's identity, beside its own, on the seed's directory. It listens where nobody calls it and
   * ends with the instance. The permit is asked after the instance was read: a late part of a killed run starts none.
   */
  startSeed(member: string, seed: Seed, permit: Permit): Promise<void>;
  /** Whether the seed has ended by itself. */
  seedEnded(member: string): Promise<boolean>;
  /** The seed's last words, in one line; why there are none. */
  seedSaid(member: string): Promise<string>;
}
