import type { z } from "zod";
import { ApiError } from "../../access/apiError";
import type { FencedCluster } from "../../procedure/fence";
import { quarantinedKinds } from "../../procedure/quarantineRecord";
import { allOf } from "../../procedure/waiting";
import type { FencedClient } from "./fencedApi";
import {
  type KindOf,
  type KubePod,
  type KubeScaled,
  podSchema,
  podsAmong,
  replicaSetsOf,
  type ScaledKind,
  scaledSchema,
  scaledWorkload,
  workloadPod,
} from "./kubeObjects";

const SECONDS = 20;
/** Somebody else's write comes in between only where a fence does not stand. */
const TRIES = 5;

/** The restored cluster's workloads and Pods, by a client of our own that is made when it is first needed. */
export function fencedCluster(open: () => Promise<FencedClient>): FencedCluster & { close(): void } {
  let opened: Promise<FencedClient> | undefined;
  const client = () => {
    opened ??= open();
    // What failed to open is tried anew: the machine may be on its way.
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  };

  async function listOf<T>(path: string, schema: z.ZodType<T>): Promise<readonly T[]> {
    const list = await (await client()).get<{ items?: unknown[] }>(path, { seconds: SECONDS });
    return (list.items ?? []).map((item) => schema.parse(item));
  }
  const scaled = (kind: ScaledKind, namespace?: string) => listOf(pathOf(kind, namespace), scaledSchema);

  /** The workload, and the ReplicaSets that carry it out. */
  async function partsOf(name: string): Promise<readonly KindOf[]> {
    const [namespace = "", kind = "", own = ""] = name.split("/");
    const found = await (await client()).find(`${pathOf(kind as ScaledKind, namespace)}/${own}`, {
      seconds: SECONDS,
    });
    if (found === undefined) return [];
    const workload = { kind: kind as ScaledKind, object: scaledSchema.parse(found) };
    if (kind !== "Deployment") return [workload];
    const carried = replicaSetsOf(workload.object.metadata.uid, await scaled("ReplicaSet", namespace));
    return [workload, ...carried.map((object) => ({ kind: "ReplicaSet" as const, object }))];
  }

  return {
    async answers() {
      const asked = opened ?? client();
      try {
        await (await asked).text("/readyz", { seconds: 5 });
        return true;
      } catch (cause) {
        // Its way may be gone with the connection that it went by.
        opened = undefined;
        void asked.then((one) => one.close()).catch(() => undefined);
        if (cause instanceof ApiError) return false;
        throw cause;
      }
    },
    async workloads() {
      const kinds = await allOf(
        quarantinedKinds.map(async (kind) => ({ kind, objects: await scaled(kind) })),
      );
      return kinds.flatMap(({ kind, objects }) => objects.map((object) => scaledWorkload({ kind, object })));
    },
    async scale(name, replicas) {
      const parts = await partsOf(name);
      // The Deployment first: nobody then gives its ReplicaSets another number.
      for (const part of replicas === 0 ? parts : parts.slice(0, 1))
        await scaleOne(await client(), part, replicas);
      return parts.length > 0;
    },
    async podsOf(name) {
      const [namespace = ""] = name.split("/");
      const [parts, pods] = await allOf<readonly KindOf[] | readonly KubePod[]>([
        partsOf(name),
        listOf(`/api/v1/namespaces/${namespace}/pods`, podSchema),
      ]);
      const owners = (parts as readonly KindOf[]).map(({ object }) => object);
      return podsAmong(pods as readonly KubePod[], owners).map(workloadPod);
    },
    async remove({ name, uid }) {
      const [namespace, pod] = name.split("/");
      const body = { kind: "DeleteOptions", apiVersion: "v1", gracePeriodSeconds: 0, preconditions: { uid } };
      const path = `/api/v1/namespaces/${namespace}/pods/${pod}`;
      try {
        await (await client()).delete(path, { body, seconds: SECONDS });
      } catch (cause) {
        // It is gone, or another has taken its name.
        if (!(cause instanceof ApiError) || !["notFound", "conflict"].includes(cause.kind)) throw cause;
      }
    },
    close() {
      void opened?.then((one) => one.close()).catch(() => undefined);
    },
  };
}

function pathOf(kind: ScaledKind, namespace: string | undefined): string {
  const within = namespace === undefined ? "" : `/namespaces/${namespace}`;
  return `/apis/apps/v1${within}/${kind.toLowerCase()}s`;
}

/** Only the object as it was read; one that has the number already is left alone. */
async function scaleOne(client: FencedClient, { kind, object }: KindOf, replicas: number): Promise<void> {
  const { name, namespace } = object.metadata;
  const path = `${pathOf(kind, namespace)}/${name}`;
  let known: KubeScaled | undefined = object;
  for (let tried = 1; known !== undefined && known.spec.replicas !== replicas; tried += 1) {
    const { resourceVersion } = known.metadata;
    try {
      await client.patch(path, { metadata: { resourceVersion }, spec: { replicas } }, "merge", {
        seconds: SECONDS,
      });
      return;
    } catch (cause) {
      const mayTry = cause instanceof ApiError && (cause.kind === "conflict" || cause.sent);
      if (!mayTry || tried >= TRIES) throw cause;
    }
    const again: unknown = await client.find(path, { seconds: SECONDS });
    known = again === undefined ? undefined : scaledSchema.parse(again);
  }
}
