import type { HostedContext } from "../hostedContext";
import type { ClaimFacts } from "../judgements/claims";
import { collections, type KubePod } from "../kubePod";

interface Claim {
  readonly metadata: { readonly deletionTimestamp?: string };
  readonly spec?: { readonly accessModes?: readonly string[] };
  readonly status?: { readonly phase?: string };
}

interface MemberPod extends KubePod {
  readonly spec?: KubePod["spec"] & {
    readonly volumes?: readonly { readonly persistentVolumeClaim?: { readonly claimName: string } }[];
    readonly serviceAccountName?: string;
    readonly imagePullSecrets?: readonly unknown[];
  };
}

/** What is known of a member's volume. */
export interface VolumeFacts {
  readonly claim: ClaimFacts;
  /** Node where the member's Pod runs, since its volume may be attached there alone; without a Pod the scheduler follows it. */
  readonly node: string | undefined;
  /** Names of Secrets by which the member's Pod gets its images, where a ServiceAccount of its own gave it some. */
  readonly pullSecrets: readonly unknown[];
}

/** Asks for the claims and Pods of these members. */
export function askVolumes(
  {
    client,
    namespace,
    members,
    operation,
  }: Pick<HostedContext, "client" | "namespace" | "members" | "operation">,
  of: (member: string) => boolean,
): Promise<readonly VolumeFacts[]> {
  const asked = members
    .filter(({ name }) => of(name))
    .map(async ({ name, claim }): Promise<VolumeFacts> => {
      const [found, pod] = await Promise.all([
        client.find<Claim>(`/api/v1/namespaces/${namespace}/persistentvolumeclaims/${claim}`),
        client.find<MemberPod>(`${collections.pods(namespace)}/${name}`),
      ]);
      return {
        claim: {
          namespace,
          member: name,
          claim,
          found: found && {
            phase: found.status?.phase ?? "Pending",
            accessModes: found.spec?.accessModes ?? [],
            ...(found.metadata.deletionTimestamp === undefined
              ? {}
              : { deleted: found.metadata.deletionTimestamp }),
          },
          mounted: (pod?.spec?.volumes ?? []).flatMap(
            ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
          ),
          repair: operation === "repair",
        },
        node: pod?.spec?.nodeName || undefined,
        pullSecrets: isOfEveryPod(pod) ? [] : (pod?.spec?.imagePullSecrets ?? []),
      };
    });
  return Promise.all(asked);
}

/** A utility Pod gets what this ServiceAccount gives by itself. */
const isOfEveryPod = (pod: MemberPod | undefined): boolean =>
  (pod?.spec?.serviceAccountName ?? "default") === "default";
