/** Every reason for which a snapshot is refused. Codes are stable: programs may branch on them. */
export type ProblemCode =
  | "not-found"
  | "unreadable"
  | "not-a-file"
  | "empty"
  | "too-small"
  | "sparse"
  | "compressed-damaged"
  | "no-space"
  | "no-temporary-file"
  | "no-thread"
  | "archive"
  | "no-member"
  | "several-members"
  | "not-bolt"
  | "crlf-converted"
  | "text-converted"
  | "meta-invalid"
  | "truncated"
  | "no-digest"
  | "trailing-bytes"
  | "digest-mismatch"
  | "structure"
  | "not-etcd"
  | "content"
  | "too-large-value"
  | "changed-while-reading"
  | "different-clusters"
  | "no-such-object";

/** Why a file is refused: one true sentence, and what the operator can do about it. */
export interface Problem {
  readonly code: ProblemCode;
  /** Names the file, then says what is wrong, with the value seen and the value expected. */
  readonly message: string;
  /** A command or a setting. */
  readonly remedy: string;
}

/** Something true and worth knowing that is no reason to refuse the file. */
export interface Warning {
  readonly code: "unhashed" | "older-transaction" | "alarm" | "auth" | "downgrade" | "unreadable" | "archive";
  readonly message: string;
}
