/** What a restore needs to know of its snapshot before it begins. */
export interface SnapshotFacts {
  /** Absolute path of the file. */
  readonly path: string;
  readonly sizeBytes: number;
  /** SHA-256 of the whole file, its trailer included, in hex. */
  readonly sha256: string;
  /** The newest revision in it, in decimal. */
  readonly revision: string;
}
