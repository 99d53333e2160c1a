import type { local } from "@pulumi/command";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { HostedMember } from "../hosted/hostedCluster";
import { factOf } from "../steps/step";
import type { RestorePlan } from "./restorePlan";
import { restoreStep } from "./restoreSteps";
import type { StagingSource } from "./stagingSource";

/** What {@link StagedMember} needs to know. */
export interface StagedMemberArgs {
  readonly plan: RestorePlan;
  readonly member: HostedMember;
  /** Standard output of the preflight step: the revision bump. */
  readonly preflight: pulumi.Output<string>;
  /** The utility Pod on the member's volume. */
  readonly pod: k8s.core.v1.Pod;
  readonly source: StagingSource;
}

/** A member with the source's data restored beside its live data; the control plane may still serve meanwhile. */
export class StagedMember extends pulumi.ComponentResource {
  /** The last step; its output names the snapshot's digest and the new cluster's id. */
  readonly staged: local.Command;
  /** Its utility Pod, as `Pod/name`. */
  readonly object: pulumi.Output<string>;

  constructor(name: string, args: StagedMemberArgs, opts: pulumi.ComponentResourceOptions) {
    super("etcd-recovery:index:StagedMember", name, { member: args.member.name }, opts);
    const { plan, member, pod, source } = args;
    const environment = {
      MEMBER: member.name,
      BUMP: args.preflight.apply((result) => factOf(result, "bump") ?? ""),
      ...source.environment,
    };
    this.object = pulumi.interpolate`Pod/${pod.metadata.name}`;
    const transferred = restoreStep(plan, `${name}-transfer`, "transfer", {
      parent: this,
      after: [pod, ...source.after],
      environment,
    });
    this.staged = restoreStep(plan, `${name}-stage`, "stage", {
      parent: this,
      after: [transferred],
      environment: {
        ...environment,
        PEER_URL: member.peerUrl,
        SERVER_VERSION: args.preflight.apply((result) => versionIn(result)),
      },
    });
    this.registerOutputs({ staged: this.staged.stdout });
  }
}

/** The node in preflight's answer; undefined when the member had no Pod. */
export function nodeOf(preflight: string, member: string): string | undefined {
  const node = factOf(preflight, `node ${member}`);
  return node === "any" ? undefined : node;
}

/** The version of the running etcd in preflight's answer; empty when nobody could say. */
function versionIn(preflight: string): string {
  const version = factOf(preflight, "server-version") ?? "";
  return version === "unknown" ? "" : version;
}
