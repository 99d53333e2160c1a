import { ApiError } from "../access/apiError";
import type { Site } from "../procedure/site";
import type { HostedContext } from "./hostedContext";
import { type FoundSite, judgeSite } from "./judgements/site";

/** The namespace that has the ledger, told from its namesakes on other clusters by its UID. Credentials may change. */
export function hostedSite(context: Pick<HostedContext, "client" | "namespace">): Site {
  return {
    async describe() {
      const { namespace, uid } = await askSite(context);
      return { namespace, ...(uid === undefined ? {} : { uid }) };
    },
    async judge(id, { namespace, uid }) {
      if (namespace === undefined) return undefined;
      // Nothing is asked of a cluster where the name says it.
      const elsewhere = namespace !== context.namespace;
      const now = elsewhere ? unasked(context.namespace) : await askSite(context);
      return judgeSite(id, { namespace, uid }, now);
    },
  };
}

const unasked = (namespace: string): FoundSite => ({ namespace, uid: undefined, exists: undefined });

async function askSite({
  client,
  namespace,
}: Pick<HostedContext, "client" | "namespace">): Promise<FoundSite> {
  try {
    const found = await client.find<{ readonly metadata: { readonly uid?: string } }>(
      `/api/v1/namespaces/${namespace}`,
    );
    return { namespace, uid: found?.metadata.uid, exists: found !== undefined };
  } catch (error) {
    // A Role in the namespace need not let us read the namespace itself.
    if (error instanceof ApiError && error.kind === "forbidden") return unasked(namespace);
    throw error;
  }
}
