import { flagOf } from "../procedure/containerFlags";
import type { Refusal } from "../procedure/refusal";
import type { HostedContext } from "./hostedContext";
import { type AddressFacts, judgeAddresses } from "./judgements/addresses";
import { type DataPlaceFacts, judgeDataPlace } from "./judgements/dataPlace";
import { judgeOrdinals, judgeRetention } from "./judgements/etcdSet";
import { judgeRollout, noteRollout, rolloutFacts } from "./judgements/rollout";
import type { KubeWorkload, TemplateContainer } from "./workloads/kubeWorkload";

/** What one subject has to say. */
export interface Said {
  readonly refusals: readonly (Refusal | undefined)[];
  readonly notes: readonly (string | undefined)[];
}

/** Whether etcd's StatefulSet may be taken to 0, and its data be swapped; it can change at any time. */
export function judgeEtcdSet(
  { namespace, names }: Pick<HostedContext, "namespace" | "names">,
  set: KubeWorkload,
): readonly (Refusal | undefined)[] {
  const { metadata, spec } = set;
  const { name } = metadata;
  return [
    judgeRetention(namespace, name, spec.persistentVolumeClaimRetentionPolicy?.whenScaled),
    judgeOrdinals(name, spec.ordinals?.start),
    judgeDataPlace(dataPlaceOf({ names }, set)),
    judgeAddresses(addressesOf({ names }, set)),
  ];
}

/** The container of its Pods that runs etcd, by the profile's name. */
export const etcdContainer = (
  { names }: Pick<HostedContext, "names">,
  set: KubeWorkload | undefined,
): TemplateContainer | undefined =>
  set?.spec.template?.spec?.containers?.find(({ name }) => name === names.profile.etcd.container);

function dataPlaceOf({ names }: Pick<HostedContext, "names">, set: KubeWorkload): DataPlaceFacts {
  const { dataClaim, dataDirectory } = names.profile.etcd;
  const its = etcdContainer({ names }, set);
  return {
    statefulSet: set.metadata.name,
    dataDirectory,
    mount: its?.volumeMounts?.find(({ name }) => name === dataClaim),
    dataDir: its && flagOf(its, "data-dir"),
    walDir: its && flagOf(its, "wal-dir"),
  };
}

function addressesOf({ names }: Pick<HostedContext, "names">, set: KubeWorkload): AddressFacts {
  const { service, peerPort, clientPort } = names.profile.etcd;
  const its = etcdContainer({ names }, set);
  return {
    statefulSet: set.metadata.name,
    configured: { service, peerPort, clientPort },
    serviceName: set.spec.serviceName,
    listenPeerUrls: its && flagOf(its, "listen-peer-urls"),
    listenClientUrls: its && flagOf(its, "listen-client-urls"),
  };
}

/** What would start from 0. */
export function judgeRollouts(
  { namespace }: Pick<HostedContext, "namespace">,
  sets: readonly (KubeWorkload | undefined)[],
): Said {
  const facts = sets.flatMap((set) => (set === undefined ? [] : [rolloutFacts(namespace, set)]));
  return { refusals: facts.map(judgeRollout), notes: facts.map(noteRollout) };
}
