import { flagOf, storagePrefixIn } from "../../procedure/containerFlags";
import type { HostedContext } from "../hostedContext";
import { findWorkload } from "../workloads/workloadPods";

/** Under which the API servers keep their objects in etcd; undefined: they are told no other place than their own, or nobody says it. */
export async function askPrefix({
  client,
  namespace,
  names,
}: Pick<HostedContext, "client" | "namespace" | "names">): Promise<string | undefined> {
  const name = names.profile.apiServer.statefulSet;
  const set = await findWorkload({ client, namespace }, { kind: "StatefulSet", name }).catch(() => undefined);
  const flags = set?.spec.template?.spec?.containers?.map((container) => flagOf(container, "etcd-prefix"));
  return storagePrefixIn(flags?.find((flag) => flag !== undefined));
}
