import type { KubeObject } from "../objects";

/** How far an object has come. */
export interface Readiness {
  readonly ready: boolean;
  /** What is waited for, or what the server says of it: shown while waiting. */
  readonly status?: string;
  /** What goes wrong: told when the wait ends badly. */
  readonly problems: readonly string[];
  /** Whether waiting longer is pointless. */
  readonly failed?: boolean;
}

/** Judges an object of one kind. */
export type ReadinessOf = (object: KubeObject) => Readiness;

export function ready(): Readiness {
  return { ready: true, problems: [] };
}

export function waiting(status: string, problems: readonly string[] = []): Readiness {
  return { ready: false, status, problems };
}
