/** One call of a member script: its file in the room of scripts, and its arguments, the operation's id first. */
export interface MemberCall {
  /** File name without its ending, e.g. "swap". */
  readonly script: string;
  readonly argv: readonly string[];
}
