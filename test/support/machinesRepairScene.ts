import { expect } from "vitest";
import type { NodesProfileName } from "../../components/profiles/profiles";
import { type ControlPlaneName, type Lab, type LabShape, startLab } from "../../lab/index";
import { waitUntil } from "../../lab/waiting";
import { MachineEtcd } from "./machineEtcd";
import { NodesStacks } from "./nodesStack";

const machines: readonly ControlPlaneName[] = ["cp-a", "cp-b", "cp-c"];
const others = ["cp-a", "cp-c"] as const;
const state = "/etc/kubernetes/etcd-recovery";

/** A filter of containerd's. */
const containersOf = (name: string) => `labels."io.kubernetes.container.name"==${name}`;

/** What the members of one cluster say: `[{"Endpoint": …, "HashKV": {"hash": …, "hash_revision": …}}]`. */
interface MemberHash {
  readonly HashKV: { readonly hash: number; readonly hash_revision: number };
}

/** Where a repair is tried. */
export interface RepairPlace {
  readonly shape: LabShape;
  readonly profile: NodesProfileName;
  /** etcd's data directory on each machine. */
  readonly data: string;
}

/** Three machines of one control plane, of which the member of cp-b is repaired. Must be closed. */
export class MachinesRepairScene {
  readonly etcd: MachineEtcd;

  private constructor(
    readonly lab: Lab,
    readonly stacks: NodesStacks,
    readonly place: RepairPlace,
  ) {
    this.etcd = new MachineEtcd(lab, "cp-a");
  }

  static async open(name: string, place: RepairPlace): Promise<MachinesRepairScene> {
    const lab = await startLab({ name, shape: place.shape });
    try {
      const scene = new MachinesRepairScene(lab, await NodesStacks.open(lab), place);
      await scene.etcd.write("before");
      return scene;
    } catch (error) {
      await lab.down();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.stacks.close();
    await this.lab.down();
  }

  /** A new stack that repairs cp-b's member, selected. */
  stack(id: string, reason?: string): Promise<void> {
    const { profile } = this.place;
    return this.stacks.restoreStack(id, {
      ...{ profile, repair: "cp-b" },
      ...(reason === undefined ? {} : { reason }),
    });
  }

  up() {
    return this.stacks.pulumi("up", "--yes", "--skip-preview");
  }

  destroy(): Promise<string> {
    return this.stacks.done("destroy", "--yes", "--skip-preview");
  }

  /** Runs `etcd-recovery ACT` for this repair, without its stack. */
  async byLedger(act: "resume" | "undo", file: string) {
    const { privateKey } = await this.lab.controlPlane();
    return this.stacks.command(act, "--machines", file, "--ssh-key", privateKey, "--yes");
  }

  async sh(machine: ControlPlaneName, command: string): Promise<string> {
    return (await this.lab.onMachine(machine, ["sh", "-c", command])).stdout;
  }

  /** Names in cp-b's data directory. */
  dataOfMember(): Promise<string> {
    return this.sh("cp-b", `ls ${this.place.data}`);
  }

  /** Id, state, name, URLs of each member, a line each. */
  async memberList(): Promise<string[]> {
    return (await this.etcd.etcdctl("member", "list")).split("\n").sort();
  }

  async memberId(): Promise<string | undefined> {
    return (await this.memberList()).find((line) => line.includes("cp-b"))?.split(",")[0];
  }

  /** What runs of the control plane on the other machines: ids of containers. */
  containers(): Promise<string[]> {
    return Promise.all(
      others.map(async (machine) =>
        (await this.sh(machine, "ctr -n k8s.io tasks list -q")).split("\n").sort().join("\n"),
      ),
    );
  }

  healthy(): Promise<void> {
    return waitUntil({ what: "three healthy members", timeoutSeconds: 180 }, async () => {
      const asked = this.etcd.etcdctl("endpoint", "health", "--cluster", "-w", "json");
      const health = JSON.parse(await asked.catch(() => "[]"));
      return health.filter(({ health: well }: { health: boolean }) => well).length === 3;
    });
  }

  equal(): Promise<void> {
    return waitUntil({ what: "equal hashes of three members", timeoutSeconds: 60 }, async () => {
      const hashes: MemberHash[] = JSON.parse(
        await this.etcd.etcdctl("endpoint", "hashkv", "--cluster", "-w", "json"),
      );
      const distinct = new Set(hashes.map(({ HashKV }) => `${HashKV.hash} at ${HashKV.hash_revision}`));
      return hashes.length === 3 && distinct.size === 1;
    });
  }

  /** What the ledgers of all machines say. */
  ledgers(): Promise<unknown[]> {
    return Promise.all(
      machines.map(async (machine) => JSON.parse(await this.sh(machine, `cat ${state}/ledger.json`))),
    );
  }

  /** Nothing of a repair but ledgers, marks and what it has put aside. */
  async nothingLeft(): Promise<void> {
    for (const machine of machines) {
      expect(await this.sh(machine, "ls /etc/kubernetes/manifests | grep -c seed || true")).toBe("0");
      expect(await this.sh(machine, `ls ${state}/parked`)).toBe("");
      expect(await this.sh(machine, "ls -d /run/etcd-recovery 2>/dev/null || true")).toBe("");
      const seeds = `ls -d ${this.place.data}/member.seed-* 2>/dev/null || true`;
      expect(await this.sh(machine, seeds)).toBe("");
    }
    await waitUntil({ what: "no seed's container", timeoutSeconds: 90 }, async () => {
      const seeds = containersOf("etcd-recovery-seed");
      return (await this.sh("cp-b", `ctr -n k8s.io containers list -q '${seeds}'`)) === "";
    });
  }

  /** Tasks of a seed's container on the member's machine. */
  async seeds(): Promise<string> {
    const filter = containersOf("etcd-recovery-seed");
    const ids = await this.sh("cp-b", `ctr -n k8s.io containers list -q '${filter}'`);
    const tasks = (await this.sh("cp-b", "ctr -n k8s.io tasks list")).split("\n");
    return tasks.filter((task) => task.includes("RUNNING") && ids.includes(task.split(" ")[0] ?? "")).join();
  }

  /** Garbage over its database and its log; then it is ended, since a running etcd answers from memory for long. */
  async damage(machine: ControlPlaneName = "cp-b"): Promise<void> {
    const { data } = this.place;
    const overwrite = `for file in ${data}/member/snap/db ${data}/member/wal/*.wal; do
      dd if=/dev/urandom of="$file" bs=1M count=2 conv=notrunc 2> /dev/null; done`;
    const end = `for id in $(ctr -n k8s.io containers list -q '${containersOf("etcd")}'); do
      ctr -n k8s.io tasks kill -s SIGKILL "$id" || true; done`;
    await this.sh(machine, `${overwrite}; ${end}`);
    await waitUntil({ what: "a member that fails", timeoutSeconds: 60 }, async () => {
      const asked = new MachineEtcd(this.lab, machine).etcdctl("endpoint", "health");
      return (await asked.catch(() => undefined)) === undefined;
    });
  }
}
