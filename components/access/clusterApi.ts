import type { ApiClient } from "./apiClient";
import { ApiError } from "./apiError";
import { type ControlPlaneInside, controlPlanesAmong, kindsWithServers } from "./controlPlanesInside";

type UserClient = Pick<ApiClient, "get" | "find" | "text" | "patch" | "close">;

interface Lease {
  readonly metadata: { readonly resourceVersion?: string };
  readonly spec?: { readonly holderIdentity?: string; readonly renewTime?: string };
}

/** Seconds: of a cluster that may be dead, an answer comes soon or not at all. */
const shortly = 5;
const longer = 8;
const tries = 5;

/** A cluster at its own address, as its users reach it; what does not answer has no answer. */
export interface ClusterApi {
  /** Whether it can be asked at all: a kubeconfig for it is known. */
  readonly known: boolean;
  answers(): Promise<boolean>;
  clusterUid(): Promise<string | undefined>;
  leaseRenewed(name: string): Promise<string | undefined>;
  releaseLease(name: string): Promise<void>;
  /** Control planes that run as Pods of it; undefined when it does not answer. */
  controlPlanes(): Promise<readonly ControlPlaneInside[] | undefined>;
  close(): void;
}

export type OpenUserClient = (kubeconfig: string) => Promise<UserClient>;

/** By a connection of its own that ends with {@link ClusterApi.close}; made when it is first needed. */
export function clusterApi(
  kubeconfig: string | (() => Promise<string>) | undefined,
  open: OpenUserClient,
): ClusterApi {
  let opened: Promise<UserClient> | undefined;
  const client = () => {
    if (kubeconfig === undefined) throw new Error("no userKubeconfig: the user cluster cannot be asked");
    opened ??= typeof kubeconfig === "string" ? open(kubeconfig) : kubeconfig().then(open);
    // What failed to open is tried anew: a kubeconfig comes from a machine, whose connection may be cut.
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  };
  return {
    known: kubeconfig !== undefined,
    async answers() {
      if (kubeconfig === undefined) return false;
      const asked = await client();
      // Before /readyz valid users get 403 for a moment.
      return silent(() => asked.text("/readyz", { seconds: shortly })).then((text) => text !== undefined);
    },
    async clusterUid() {
      if (kubeconfig === undefined) return undefined;
      const asked = await client();
      const path = "/api/v1/namespaces/kube-system";
      const answer = await silent(() =>
        asked.get<{ metadata?: { uid?: string } }>(path, { seconds: shortly }),
      );
      return answer?.metadata?.uid;
    },
    async leaseRenewed(name) {
      const lease = await (await client()).find<Lease>(leasePath(name), { seconds: longer });
      return lease?.spec?.renewTime || undefined;
    },
    async releaseLease(name) {
      await release(await client(), name);
    },
    controlPlanes: async () => {
      if (kubeconfig === undefined) return undefined;
      const asked = await client();
      const lists = await silent(() =>
        Promise.all(
          kindsWithServers.map(async (kind) => {
            const path = `/apis/apps/v1/${kind.toLowerCase()}s`;
            const { items = [] } = await asked.get<{ items?: unknown[] }>(path, { seconds: longer });
            return controlPlanesAmong(kind, items);
          }),
        ),
      );
      return lists?.flat();
    },
    close() {
      void opened?.then((one) => one.close()).catch(() => undefined);
    },
  };
}

const leasePath = (name: string) => `/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/${name}`;

/** What does not answer has no answer; a mistake in the kubeconfig is thrown on. */
async function silent<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

/** Only the lease as it was read: one that somebody has renewed meanwhile is left to its holder. */
async function release(client: UserClient, name: string): Promise<void> {
  let holder: string | undefined;
  for (let tried = 1; ; tried += 1) {
    const lease = await client.find<Lease>(leasePath(name), { seconds: longer });
    const now = lease?.spec?.holderIdentity ?? "";
    if (lease === undefined || now === "") return;
    holder ??= now;
    if (now !== holder) return;
    const change = {
      metadata: { resourceVersion: lease.metadata.resourceVersion },
      spec: { holderIdentity: "" },
    };
    try {
      await client.patch(leasePath(name), change, "merge", { seconds: longer });
      return;
    } catch (error) {
      const mayTry = error instanceof ApiError && (error.kind === "conflict" || error.sent);
      if (!mayTry || tried >= tries) throw error;
    }
  }
}
