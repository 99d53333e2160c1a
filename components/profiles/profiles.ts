import { gdcAdmin } from "./gdcAdmin";
import { gdcControlplaneV2 } from "./gdcControlplaneV2";
import { gdcKubeception } from "./gdcKubeception";
import type { HostedProfile } from "./hostedProfile";
import { kubeadm } from "./kubeadm";
import type { NodesProfile } from "./nodesProfile";

/** The shipped profiles of hosted control planes, by the name that the configuration key `profile` takes. */
export const hostedProfiles = { "gdc-kubeception": gdcKubeception } as const satisfies Record<
  string,
  HostedProfile
>;

export type HostedProfileName = keyof typeof hostedProfiles;

/** The shipped profiles of control planes on machines. */
export const nodesProfiles = {
  "gdc-admin": gdcAdmin,
  "gdc-controlplane-v2": gdcControlplaneV2,
  kubeadm,
} as const satisfies Record<string, NodesProfile>;

export type NodesProfileName = keyof typeof nodesProfiles;

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
