import * as pulumi from "@pulumi/pulumi";
import { type AdmissionArgs, type AdmittedSnapshot, admitSnapshot } from "../admission/admission";
import type { Overrides } from "../admission/overrides";
import type { RestoreConfig } from "../config/configSchema";
import { describeChanges } from "../preview/changesText";
import { type PlannedRestore, type RestoreChanges, restoreChanges } from "../preview/restoreChanges";
import type { LocalSnapshot } from "./localSnapshot";
import { markAsNeeded } from "./markAsNeeded";

/** A snapshot that may be restored, as requests are told of it, and what it is compared by. */
type Admitted = Pick<PlannedRestore, "snapshot" | "allowUnhashed" | "newestBackup"> & {
  readonly of: Pick<AdmittedSnapshot, "snapshot" | "manifestUid">;
};

/** Admits a snapshot, and says what is worth knowing of it. @throws UserError */
export async function admittedFrom(local: LocalSnapshot, args: AdmissionArgs): Promise<Admitted> {
  const { path, readable, identityFile } = local;
  const stored = { stored: path, ...(identityFile === undefined ? {} : { identityFile }) };
  const { warnings, newest, ...of } = await admitSnapshot(readable, { ...args, ...stored });
  for (const warning of warnings) void pulumi.log.warn(`restore.snapshot: ${warning}`);
  return {
    of,
    snapshot: readable,
    allowUnhashed: args.overrides.allowUnhashed === true,
    ...(newest === undefined ? {} : { newestBackup: newest }),
  };
}

/** What the restore will do to the cluster's objects, said before anybody is asked for a yes. */
export async function announced(restore: PlannedRestore, local: LocalSnapshot): Promise<RestoreChanges> {
  let phase = "";
  const changes = await restoreChanges({
    ...restore,
    settled: (now) => {
      phase = now;
    },
  });
  void pulumi.log.info(describeChanges(changes));
  if (phase === "finished") await local.forget();
  else if (!pulumi.runtime.isDryRun()) await markAsNeeded(local);
  return changes;
}

export function overridesOf({
  restore,
  allowInsecure,
}: Pick<RestoreConfig, "allowInsecure"> & {
  readonly restore: Pick<
    RestoreConfig["restore"],
    "allowVersion" | "allowKubernetesVersion" | "allowEncryption" | "allowRole" | "allowUnhashed"
  >;
}): Overrides {
  const { allowVersion, allowKubernetesVersion, allowEncryption, allowRole, allowUnhashed } = restore;
  const all = {
    allowVersion,
    allowKubernetesVersion,
    allowEncryption,
    allowRole,
    allowUnhashed,
    allowInsecure,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
