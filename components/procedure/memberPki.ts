/** What is staged of a member's keys and certificates. */
export interface StagedPki {
  /** SHA-256 of the bundle that they came in, in hex. */
  readonly sha256: string;
  /** What of it is there, e.g. paths; a phrase each, of what is not as the member has it now. */
  readonly differs: readonly string[];
}

/**
 * Keys and certificates that members keep beside their data, as a substrate brings them back: staged where nobody looks,
 * swapped while nothing runs, put back by undo. Every call may be repeated, and a second one finds done what the first did.
 */
export interface MemberPki {
  /**
   * The keys that a member had before a restore swapped them, judged as a bundle is.
   *
   * @returns SHA-256 in hex of what {@link stage} takes for them, the same whenever it is asked
   * @throws UserError when that restore put none aside, or they must not be put in place
   */
  former(member: string, from: string): Promise<string>;
  /**
   * Brings the bundle that the request names beside the member's own, judged before a byte of it is sent. Nothing when it
   * is there already.
   *
   * @param sha256 of the bundle, as the ledger has it
   * @param former instead of the request's bundle: what the restore of this id put aside
   * @throws UserError for a bundle that must not be put in place, or that the request does not name
   */
  stage(member: string, id: string, sha256: string, former?: string): Promise<StagedPki>;
  /** What is staged; undefined when nothing is. Changes nothing. */
  staged(member: string, id: string): Promise<StagedPki | undefined>;
  /** Puts aside what differs, and the staged in its place. @returns warnings: what somebody has to do by hand */
  swap(member: string, id: string, sha256: string): Promise<readonly string[]>;
  /** Puts back what was put aside, whatever part of the swap was done, and lets no late swap do anything. */
  unswap(member: string, id: string): Promise<readonly string[]>;
  /** Removes what was staged, where nothing was swapped. */
  clear(member: string, id: string): Promise<void>;
  /** Removes what the restore of this id has put aside. */
  finalize(member: string, from: string): Promise<void>;
}
