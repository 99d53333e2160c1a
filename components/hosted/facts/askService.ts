import type { HostedContext } from "../hostedContext";
import type { ColdStartFacts } from "../judgements/coldStart";

interface Service {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: { readonly publishNotReadyAddresses?: boolean };
}

/** The Service that gives members their names; undefined when there is none of that name. */
export async function askService({
  client,
  namespace,
  names,
}: Pick<HostedContext, "client" | "namespace" | "names">): Promise<ColdStartFacts["service"]> {
  const name = names.profile.etcd.service;
  const found = await client.find<Service>(`/api/v1/namespaces/${namespace}/services/${name}`);
  if (found === undefined) return undefined;
  const tolerated =
    found.metadata.annotations?.["service.alpha.kubernetes.io/tolerate-unready-endpoints"] === "true";
  return { name, publishesNotReady: tolerated || found.spec?.publishNotReadyAddresses === true };
}
