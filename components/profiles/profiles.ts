import { gdcKubeception } from "./gdcKubeception";
import type { HostedProfile } from "./hostedProfile";

/** The shipped profiles of hosted control planes, by the name that the configuration key `profile` takes. */
export const hostedProfiles = { "gdc-kubeception": gdcKubeception } as const satisfies Record<
  string,
  HostedProfile
>;

export type HostedProfileName = keyof typeof hostedProfiles;

/** Like the profile, every field optional. */
export type ProfileOverrides = {
  readonly etcd?: Partial<HostedProfile["etcd"]>;
  readonly apiServer?: Partial<HostedProfile["apiServer"]>;
} & Partial<Omit<HostedProfile, "etcd" | "apiServer">>;

/** @returns the profile with single values replaced; the shipped one stays as it is. */
export function withOverrides(profile: HostedProfile, overrides: ProfileOverrides = {}): HostedProfile {
  return {
    ...profile,
    ...overrides,
    etcd: { ...profile.etcd, ...overrides.etcd },
    apiServer: { ...profile.apiServer, ...overrides.apiServer },
  };
}
