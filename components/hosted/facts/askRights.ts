import type { HostedContext } from "../hostedContext";
import type { Right, Verb } from "../rights";
import { verbsOf } from "../rights";

interface Review {
  readonly status?: { readonly allowed?: boolean };
}

/** Questions that are under way at a time: each takes a connection. */
const atOnce = 8;

/** The verbs that this user may not, each asked for by itself. */
export async function askRights(
  { client }: Pick<HostedContext, "client">,
  namespace: string,
  rights: readonly Right[],
): Promise<readonly Verb[]> {
  const verbs = verbsOf(rights);
  const allowed = new Map<Verb, boolean>();
  const waiting = [...verbs];
  const ask = async () => {
    for (let verb = waiting.shift(); verb !== undefined; verb = waiting.shift())
      allowed.set(verb, await isAllowed(client, namespace, verb));
  };
  await Promise.all(Array.from({ length: atOnce }, ask));
  return verbs.filter((verb) => allowed.get(verb) !== true);
}

async function isAllowed(client: HostedContext["client"], namespace: string, verb: Verb): Promise<boolean> {
  const resourceAttributes = { namespace, ...verb };
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes },
  };
  const answer = await client.create<Review>(
    "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    review,
  );
  return answer.status?.allowed === true;
}
