import type { ApiErrorKind } from "../../access/apiError";
import { failed, misset, type Refusal, refused } from "../../procedure/refusal";
import { listed } from "./nearest";

/** How the question for the namespace ended. */
export interface NamespaceFacts {
  readonly namespace: string;
  /** kubectl with the kubeconfig, for remedies. */
  readonly kubectl: string;
  /** undefined: the namespace is there. */
  readonly error: { readonly kind: ApiErrorKind; readonly message: string } | undefined;
  /** Namespaces that may have been meant. */
  readonly near: readonly string[];
}

/** One question tells whether the server can be reached, trusts this user, and has the namespace. */
export function judgeNamespace({ namespace, kubectl, error, near }: NamespaceFacts): Refusal | undefined {
  if (error === undefined) return undefined;
  const look = `Look: ${kubectl} get namespaces`;
  const reason = error.message.replace(/\s+/g, " ").slice(0, 300);
  switch (error.kind) {
    case "notFound":
      return misset(
        "no-namespace",
        `namespace: the admin cluster has no namespace ${namespace}; it has: ${listed(near)}`,
        "pulumi config set namespace NAME",
      );
    case "forbidden":
      // A Role in the namespace need not let us read the namespace itself.
      return undefined;
    case "unauthenticated":
      return refused(
        "unauthenticated",
        `adminKubeconfig: the admin cluster does not accept its credentials: ${reason}`,
        `Renew them, then: ${look}`,
      );
    case "untrusted":
      return refused(
        "untrusted",
        `adminKubeconfig: no trusted connection to the admin cluster: x509: ${reason}`,
        `Take a new kubeconfig with the cluster's present CA, then: ${look}`,
      );
    default:
      return failed("unreachable", `adminKubeconfig: the admin cluster does not answer: ${reason}`, look);
  }
}
