import type { ContainerCommand } from "../procedure/containerFlags";
import type { Seed } from "../procedure/memberRepair";
import { errorOf, failed } from "../procedure/refusal";
import { seedCommand, seedEnvironment } from "../procedure/seedArguments";
import type { HostedContext } from "./hostedContext";
import type { ContainerStatus, KubePod } from "./kubePod";

/** What is read of the member's own Pod. */
export interface RepairPod extends KubePod {
  readonly spec: {
    readonly containers?: readonly EtcdContainer[];
    readonly ephemeralContainers?: readonly { readonly name: string; readonly [field: string]: unknown }[];
    readonly [field: string]: unknown;
  };
  readonly status?: KubePod["status"] & {
    readonly podIP?: string;
    readonly ephemeralContainerStatuses?: readonly (ContainerStatus & { readonly name: string })[];
  };
}

interface EtcdContainer extends ContainerCommand {
  readonly name: string;
  readonly image?: string;
  readonly imagePullPolicy?: string;
  readonly volumeMounts?: readonly object[];
  readonly securityContext?: object;
}

const SEED = "etcd-recovery-seed-";

/** A container cannot be taken out of its Pod again: each try has its own. */
export const seedName = (): string => `${SEED}${Math.floor(Date.now() / 1000)}`;

/** The newest seed of a Pod; others may have added containers of their own, as `kubectl debug` does. */
export const newestSeed = (pod: RepairPod | undefined): string | undefined =>
  pod?.spec.ephemeralContainers?.findLast(({ name }) => name.startsWith(SEED))?.name;

/** The ephemeral container that makes a member's log. Argv only: the image may have no shell. */
export function seedContainer(
  { names, members, namespace }: Pick<HostedContext, "names" | "members" | "namespace">,
  pod: RepairPod,
  member: string,
  seed: Seed,
  name: string,
): object {
  const { etcd } = names.profile;
  const own = pod.spec.containers?.find((container) => container.name === etcd.container);
  const clientUrl = members.find((one) => one.name === member)?.clientUrl;
  if (own === undefined || clientUrl === undefined) {
    throw errorOf(
      failed(
        "seed-no-container",
        `${member}: its Pod has no container ${etcd.container}`,
        `Look: kubectl --namespace ${namespace} describe pod ${member}`,
      ),
    );
  }
  const { image, imagePullPolicy, volumeMounts, securityContext } = own;
  return {
    name,
    image,
    imagePullPolicy,
    command: seedCommand(own, { ...etcd, name: member, clientUrl }, seed),
    ...seedEnvironment(own),
    volumeMounts,
    ...(securityContext === undefined ? {} : { securityContext }),
  };
}
