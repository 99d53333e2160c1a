import { isDeepStrictEqual } from "node:util";
import type { HostedProfile } from "../profiles/hostedProfile";
import {
  type HostedProfileName,
  hostedProfiles,
  type ProfileOverrides,
  withOverrides,
} from "../profiles/profiles";
import type { HostedNames } from "./hostedAccess";

/** Names of a cluster as a stack declares them: a shipped profile by its name, and what differs from it. */
export interface DeclaredNames {
  readonly members: number;
  readonly of: HostedProfileName;
  readonly overrides?: ProfileOverrides;
}

const BASE: HostedProfileName = "gdc-kubeception";

/** The short form of a cluster's names, since the state has them once for each act that has no ledger to read. */
export function declaredNames({ members, profile }: HostedNames): DeclaredNames {
  const shipped = hostedProfiles[BASE];
  const { etcd, apiServer, ...rest } = profile;
  const overrides = without({
    ...differing(rest, shipped),
    etcd: differing(etcd, shipped.etcd),
    apiServer: differing(apiServer, shipped.apiServer),
  });
  return { members, of: BASE, ...(Object.keys(overrides).length === 0 ? {} : { overrides }) };
}

/** The whole names again. */
export function wholeNames({ members, of, overrides }: DeclaredNames): HostedNames {
  const profile: HostedProfile = withOverrides(hostedProfiles[of], overrides);
  return { members, profile };
}

function differing<T extends object>(given: T, shipped: object): Partial<T> {
  const of = shipped as Readonly<Record<string, unknown>>;
  const pairs = Object.entries(given).filter(([key, value]) => !isDeepStrictEqual(value, of[key]));
  return Object.fromEntries(pairs) as Partial<T>;
}

/** Empty groups say nothing. */
function without(groups: ProfileOverrides): ProfileOverrides {
  const said = Object.entries(groups).filter(
    ([, value]) => typeof value !== "object" || Array.isArray(value) || Object.keys(value).length > 0,
  );
  return Object.fromEntries(said);
}
