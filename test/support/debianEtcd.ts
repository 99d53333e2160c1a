import * as path from "node:path";
import { unpackedPackages } from "./unpackedPackages";

/** etcd 3.4 of Debian. */
export async function provideDebianEtcd(): Promise<{ etcd: string; etcdctl: string }> {
  const packages = ["etcd-server", "etcd-client"];
  const directory = await unpackedPackages("debian-etcd-3.4", packages, "usr/bin/etcdctl");
  const bin = path.join(directory, "usr", "bin");
  return { etcd: path.join(bin, "etcd"), etcdctl: path.join(bin, "etcdctl") };
}
