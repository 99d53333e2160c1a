import { provideTools } from "../../lab/tools/provideTools";
import { provideDebianEtcd } from "../../test/support/debianEtcd";

/** The etcd of the members: the one that hosted control planes of the documented procedure run, or the lab's. */
export type EtcdSeries = "3.4" | "3.6";

/** Paths of etcd's programs. */
export interface EtcdPrograms {
  readonly etcd: string;
  /** In 3.4 it restores too; in 3.6 etcdutl alone does. */
  readonly etcdctl: string;
  /** Always of 3.6: with an image of 3.4 it is the one that `restore.etcdutl` gives. */
  readonly etcdutl: string;
  /** An etcdctl of 3.6, which judges the result of every way. */
  readonly judge: string;
}

export async function provideEtcd(series: EtcdSeries, log: (line: string) => void): Promise<EtcdPrograms> {
  const tools = await provideTools({ only: ["etcd", "etcdctl", "etcdutl"], log });
  const own = {
    etcd: tools.path("etcd"),
    etcdctl: tools.path("etcdctl"),
    etcdutl: tools.path("etcdutl"),
    judge: tools.path("etcdctl"),
  };
  return series === "3.4" ? { ...own, ...(await provideDebianEtcd()) } : own;
}
