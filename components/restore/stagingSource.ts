import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../steps/step";
import type { RestorePlan } from "./restorePlan";

/** Where the restored data came from, for the report. */
export type RestoredFrom =
  | { readonly snapshot: string }
  | {
      /** The restore whose previous data it was, and the member on whose volume it lay. */
      readonly rollback: string;
      readonly member: string;
    };

/** The one file that all members are staged from. */
export interface SourceFacts {
  readonly sha256: string;
  /** Its newest revision, in decimal. */
  readonly revision: string;
  readonly from: RestoredFrom;
}

/** What a restore's steps need to know of that file, whether it was known before or is found on the way. */
export interface StagingSource {
  /** Beside the plan's own: SNAPSHOT_SIZE, SNAPSHOT_SHA256, SNAPSHOT_REVISION where the plan has none. */
  readonly environment: Environment;
  /** What must be done before a member can be given it. */
  readonly after: readonly pulumi.Resource[];
  readonly facts: pulumi.Output<SourceFacts>;
}

/** A snapshot on the operator's machine: the plan says all of it. */
export function snapshotSource({ snapshot }: RestorePlan): StagingSource {
  if (snapshot === undefined) throw new Error("a roll-back has no snapshot");
  const { path, sha256, revision } = snapshot;
  return { environment: {}, after: [], facts: pulumi.output({ sha256, revision, from: { snapshot: path } }) };
}
