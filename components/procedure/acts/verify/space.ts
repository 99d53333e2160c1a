import type { MemberStatus } from "../../etcdStatus";
import type { EtcdClient } from "../../substrate";

/** Bytes of the member that is nearest to its quota. */
export interface Space {
  readonly size: bigint;
  readonly used: bigint;
  readonly quota: bigint;
}

/** @param statuses of all members; of those before 3.6, which say no quota, the configured one counts */
export async function measureSpace(
  statuses: readonly MemberStatus[],
  etcd: Pick<EtcdClient, "configuredQuota">,
): Promise<Space> {
  const quotas = statuses.map(({ quota = 0n }) => quota);
  const said = quotas.reduce((least, quota) => (quota < least ? quota : least), quotas[0] ?? 0n);
  return {
    size: largest(statuses.map(({ dbSize }) => dbSize)),
    used: largest(statuses.map(({ dbSizeInUse = 0n }) => dbSizeInUse)),
    quota: said > 0n ? said : await etcd.configuredQuota(),
  };
}

/** At nine tenths the next writes may be the last. */
export const isFull = ({ size, quota }: Space): boolean => size >= (quota * 9n) / 10n;

const largest = (numbers: readonly bigint[]): bigint =>
  numbers.reduce((most, each) => (each > most ? each : most), 0n);
