import type { ApiClient } from "../access/apiClient";
import type { Operation } from "../procedure/arguments";
import type { LedgerStore } from "../procedure/ledgerStore";
import type { Request } from "../procedure/request";
import type { HostedAccess, HostedNames } from "./hostedAccess";
import type { HostedMember } from "./hostedCluster";

/** What this room asks of the admin cluster's API. Tests have one in memory (test/support/fakeApi.ts). */
export type AdminApi = Pick<
  ApiClient,
  "get" | "find" | "text" | "create" | "replace" | "patch" | "delete" | "exec"
>;

/** What all halves of the hosted substrate share. */
export interface HostedContext {
  readonly client: AdminApi;
  /** The user cluster's, on the admin cluster. */
  readonly namespace: string;
  readonly names: HostedNames;
  readonly members: readonly HostedMember[];
  /** Of the operation. */
  readonly id: string;
  readonly operation: Operation;
  readonly request: Request;
  /** Kubeconfigs and contexts, for who opens a connection of its own. */
  readonly access: HostedAccess;
  /** Who asks, for the clusters' logs. */
  readonly userAgent: string;
  readonly ledger: LedgerStore;
  /** A line of the step's account. */
  say(line: string): void;
}
