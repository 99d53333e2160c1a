import { type Refusal, refused } from "../refusal";

/** 3.6.14 as 3006, which compares; undefined for what is no version. */
export function minorOf(version: string | undefined): number | undefined {
  const [, major, minor] = /^(\d{1,3})\.(\d{1,3})/.exec(version ?? "") ?? [];
  return major === undefined || minor === undefined ? undefined : Number(major) * 1000 + Number(minor);
}

/** Versions of etcd; undefined where nothing says one. */
export interface VersionFacts {
  readonly snapshot: string | undefined;
  readonly server: string | undefined;
  /** Of a newer snapshot that is meant. */
  readonly allowed: string | undefined;
}

function isNewer({ snapshot, server }: VersionFacts): boolean {
  const [given, runs] = [minorOf(snapshot), minorOf(server)];
  return given !== undefined && runs !== undefined && given > runs;
}

/** A newer minor's store starts under an older server without a word; what it then does with it is nobody's promise. */
export function judgeVersion(facts: VersionFacts): Refusal | undefined {
  const { snapshot, server, allowed } = facts;
  if (!isNewer(facts) || allowed === snapshot) return undefined;
  const named = allowed === undefined ? "" : ` (restore.allowVersion names ${allowed})`;
  return refused(
    "version-newer",
    `restore.snapshot: it is of etcd ${snapshot}, the cluster runs ${server}: a newer store for an older server${named}`,
    `Choose a snapshot of ${server} or older, or upgrade etcd first. If it is meant: pulumi config set --path restore.allowVersion ${snapshot}`,
  );
}

/** What could not be compared, or was allowed. */
export function versionNote(facts: VersionFacts): string | undefined {
  const { snapshot, server } = facts;
  if (minorOf(snapshot) === undefined || minorOf(server) === undefined)
    return `version: not compared (etcd ${server ?? "does not say"}; snapshot: ${snapshot ?? "does not say"})`;
  if (!isNewer(facts)) return undefined;
  return `version: snapshot of etcd ${snapshot} for etcd ${server}, as restore.allowVersion says`;
}
