import { ApiError, type ApiErrorKind } from "../../components/access/apiError";

/** Paths that end so are collections. */
export const collections = new Set([
  "configmaps",
  "controllerrevisions",
  "daemonsets",
  "deployments",
  "events",
  "leases",
  "namespaces",
  "networkpolicies",
  "nodes",
  "persistentvolumeclaims",
  "poddisruptionbudgets",
  "pods",
  "replicasets",
  "secrets",
  "services",
  "statefulsets",
]);

/** As a server answers a write that goes by another version. */
export function conflictUnless(wanted: unknown, is: unknown, path: string): void {
  if (wanted !== undefined && wanted !== is) throw apiError("conflict", `${path} has been modified`);
}

/** An error as the client throws it. @param sent whether the server may have carried a write out */
export function apiError(kind: ApiErrorKind, message: string = kind, sent = false): ApiError {
  const reason = kind === "notFound" ? { reason: "NotFound" } : {};
  return new ApiError(kind, message, { sent, ...reason });
}
