import type { PropertyMap } from "../rpc/values";
import { Cluster } from "./cluster";
import { KubeApi } from "./kubeApi";
import { readConnection } from "./kubeconfig";
import { type KubeObject, kindOf } from "./objects";
import { isProbablyNamespaced, NoMatchError } from "./restMapping";
import { readSettings, type Settings } from "./settings";

/** A configured provider. */
export interface Session {
  readonly settings: Settings;
  /** Namespace of objects that name none. */
  readonly namespace: string;
  /** The cluster, or why it cannot be reached. */
  readonly cluster: Cluster | undefined;
  readonly unreachable: string;
}

/** Opens a session. A cluster that cannot be reached is no error here: previews and some deletions go on without it. */
export async function openSession(args: PropertyMap): Promise<Session> {
  const settings = readSettings(args);
  let namespace = settings.namespace || "default";
  try {
    const connection = await readConnection(args);
    namespace = settings.namespace || connection.namespace;
    const api = new KubeApi(connection);
    await api.call({ path: "/version", signal: AbortSignal.timeout(30_000) });
    return { settings, namespace, cluster: new Cluster(api), unreachable: "" };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      settings,
      namespace,
      cluster: undefined,
      unreachable: `unable to load schema information from the API server: ${why}`,
    };
  }
}

/** The session's cluster. Throws when it cannot be reached. */
export function reachable(session: Session): Cluster {
  if (session.cluster === undefined) {
    throw new Error(`configured Kubernetes cluster is unreachable: ${session.unreachable}`);
  }
  return session.cluster;
}

/** Whether objects of the kind live in a namespace; a kind that nobody serves yet is taken to. */
export async function isNamespaced(session: Session, object: KubeObject): Promise<boolean> {
  if (session.cluster === undefined) {
    return isProbablyNamespaced(kindOf(object));
  }
  try {
    return (await session.cluster.mappings.of(object)).namespaced;
  } catch (error) {
    if (error instanceof NoMatchError) {
      return true;
    }
    throw error;
  }
}

/** Whether the API server can be asked about objects of this kind. */
export async function isServed(session: Session, object: KubeObject): Promise<boolean> {
  return (
    (await session.cluster?.mappings.of(object).then(
      () => true,
      () => false,
    )) ?? false
  );
}
