import { readFile } from "node:fs/promises";
import { join } from "node:path";
import execa from "execa";
import type { ControlPlaneName, EtcdData } from "../lab";
import type { Machine } from "../machines/machine";
import { initialCluster, peerUrl } from "./etcdPod";

/**
 * Makes the snapshot of an etcd that nothing was ever written to, on a running machine with etcd's programs, and returns
 * its path on the host. It ends with the machine.
 */
export async function makeEmptySnapshot(machine: Machine): Promise<string> {
  const script = await readFile(join(__dirname, "emptySnapshot.sh"), "utf8");
  await machine.run(["sh", "-s", "/tmp/empty-etcd"], { input: script });
  return machine.pathFromHost("/tmp/empty-etcd/empty.db");
}

/** A member's place in a cluster of several, which all begin with the same snapshot. */
export interface MemberSeed {
  readonly machines: readonly ControlPlaneName[];
  readonly snapshot: string;
  readonly toolsDirectory: string;
}

/**
 * Makes the data directory on a running machine's disk. With a seed the member has its peers in it from the start, as
 * after the last `kubeadm join`: the manifests, which name fewer members, need not be written one after another.
 */
export async function makeEtcdData(machine: Machine, data: EtcdData, seed?: MemberSeed): Promise<void> {
  const { dataDirectory, uid, gid } = data;
  if (dataDirectory !== "/var/lib/etcd") {
    await machine.run(["rmdir", "/var/lib/etcd"]);
  }
  await machine.run(["mkdir", "-p", dataDirectory]);
  if (seed !== undefined) {
    const target = machine.pathFromHost(dataDirectory);
    await execa(
      join(seed.toolsDirectory, "etcdutl"),
      seedArguments(machine.name as ControlPlaneName, seed, target),
    );
  }
  await machine.run(["chown", "-R", `${uid}:${gid}`, dataDirectory]);
  await machine.run(["chmod", "700", dataDirectory]);
}

function seedArguments(machine: ControlPlaneName, seed: MemberSeed, target: string): string[] {
  return [
    ...["snapshot", "restore", seed.snapshot, `--data-dir=${target}`, `--name=${machine}`],
    `--initial-cluster=${initialCluster(seed.machines)}`,
    `--initial-advertise-peer-urls=${peerUrl(machine)}`,
  ];
}
