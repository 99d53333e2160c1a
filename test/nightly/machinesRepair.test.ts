import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ControlPlaneName, type Lab, startLab } from "../../lab/index";
import { waitUntil } from "../../lab/waiting";
import { MachineEtcd } from "../support/machineEtcd";
import { NodesStacks } from "../support/nodesStack";

const machines: readonly ControlPlaneName[] = ["cp-a", "cp-b", "cp-c"];
const others = ["cp-a", "cp-c"] as const;
const state = "/etc/kubernetes/etcd-recovery";
const data = "/var/lib/etcd";

/** What the members of one cluster say: `[{"Endpoint": …, "HashKV": {"hash": …, "hash_revision": …}}]`. */
interface MemberHash {
  readonly HashKV: { readonly hash: number; readonly hash_revision: number };
}

/** One story on one lab: the member of cp-b is replaced while the other two serve. */
describe("the repair of one member on a machine", () => {
  let lab: Lab;
  let stacks: NodesStacks;
  let etcd: MachineEtcd;

  const sh = async (machine: ControlPlaneName, command: string) =>
    (await lab.onMachine(machine, ["sh", "-c", command])).stdout;
  /** Id, state, name, URLs of each member, a line each. */
  const memberList = async () => (await etcd.etcdctl("member", "list")).split("\n").sort();
  const memberId = async () => (await memberList()).find((line) => line.includes("cp-b"))?.split(",")[0];
  /** What runs of the control plane on the other machines: ids of containers. */
  const containers = async () =>
    Promise.all(
      others.map(async (machine) =>
        (await sh(machine, "ctr -n k8s.io tasks list -q")).split("\n").sort().join("\n"),
      ),
    );
  const healthy = () =>
    waitUntil({ what: "three healthy members", timeoutSeconds: 180 }, async () => {
      const health = await etcd.etcdctl("endpoint", "health", "--cluster", "-w", "json").catch(() => "[]");
      return JSON.parse(health).filter(({ health: well }: { health: boolean }) => well).length === 3;
    });
  const equal = () =>
    waitUntil({ what: "equal hashes of three members", timeoutSeconds: 60 }, async () => {
      const hashes: MemberHash[] = JSON.parse(
        await etcd.etcdctl("endpoint", "hashkv", "--cluster", "-w", "json"),
      );
      const distinct = new Set(hashes.map(({ HashKV }) => `${HashKV.hash} at ${HashKV.hash_revision}`));
      return hashes.length === 3 && distinct.size === 1;
    });
  /** Nothing of a repair but ledgers, marks and what it has put aside. */
  const nothingLeft = async () => {
    for (const machine of machines) {
      expect(await sh(machine, "ls /etc/kubernetes/manifests | grep -c seed || true")).toBe("0");
      expect(await sh(machine, `ls ${state}/parked`)).toBe("");
      expect(await sh(machine, "ls -d /run/etcd-recovery 2>/dev/null || true")).toBe("");
      expect(await sh(machine, `ls -d ${data}/member.seed-* 2>/dev/null || true`)).toBe("");
    }
    await waitUntil({ what: "no seed's container", timeoutSeconds: 90 }, async () => {
      const seeds = 'labels."io.kubernetes.container.name"==etcd-recovery-seed';
      return (await sh("cp-b", `ctr -n k8s.io containers list -q '${seeds}'`)) === "";
    });
  };
  const up = () => stacks.pulumi("up", "--yes", "--skip-preview");
  const destroy = () => stacks.done("destroy", "--yes", "--skip-preview");

  beforeAll(async () => {
    lab = await startLab({ name: "machines-repair", shape: "kubeadm" });
    stacks = await NodesStacks.open(lab);
    etcd = new MachineEtcd(lab, "cp-a");
    await etcd.write("before");
  }, 900_000);

  afterAll(async () => {
    await stacks?.close();
    await lab?.down();
  });

  it("refuses a member that is healthy, and changes nothing", async () => {
    await stacks.restoreStack("healthy", { profile: "kubeadm", repair: "cp-b" });
    const before = [await containers(), await memberList()];
    const preview = await stacks.pulumi("preview");
    expect(preview.screen).toContain("pulumi up would stop here: restore.repair: cp-b is healthy");
    const refused = await up();
    expect(refused.exitCode).not.toBe(0);
    expect(refused.screen).toContain("cp-b is healthy");
    expect([await containers(), await memberList()]).toEqual(before);
    await destroy();
  });

  it("is undone before the member was removed: its data serves again under its id", async () => {
    const [members, running] = [await memberList(), await containers()];
    await stacks.restoreStack("undone", { profile: "kubeadm", repair: "cp-b", reason: "a test" });
    await stacks.killedAt(/repair-hold-member created/);
    expect(await sh("cp-b", `ls ${data}`)).toContain("member.pre-undone");
    expect(await destroy()).toContain("cp-b: previous data back");
    await healthy();
    await equal();
    expect(await memberList()).toEqual(members);
    expect(await containers()).toEqual(running);
    expect(await sh("cp-b", `ls ${data}`)).not.toContain("member.pre-undone");
    await nothingLeft();
  });

  it("repairs a damaged member: equal data under a new id, nothing else is restarted", async () => {
    const [old, running] = [await memberId(), await containers()];
    await damage();
    await stacks.restoreStack("bad", { profile: "kubeadm", repair: "cp-b" });
    const run = await up();
    expect(run.exitCode, run.screen).toBe(0);
    console.log(await sh("cp-a", `cat ${state}/ledger.json`), run.screen);
    expect(await containers()).toEqual(running);
    const list = await memberList();
    expect(list.filter((line) => line.includes(", started, "))).toHaveLength(3);
    const id = await memberId();
    expect(id).not.toBe(old);
    await healthy();
    await equal();
    const access = await new MachineEtcd(lab, "cp-b").etcdctl("put", "/through-cp-b", "1");
    expect(access).toBe("OK");
    await nothingLeft();
    for (const machine of machines)
      expect(JSON.parse(await sh(machine, `cat ${state}/ledger.json`))).toMatchObject({
        ...{ id: "bad", kind: "repair", phase: "finished" },
      });
    const report = JSON.parse(await stacks.done("stack", "output", "report"));
    expect(report).toMatchObject({ member: "cp-b", cluster: "admin", ids: { old, new: id } });
    await stacks.done("up", "--yes", "--skip-preview", "--expect-no-changes");
    await destroy();
    await healthy();
  });

  it("leaves what it put aside until that is removed for good", async () => {
    expect(await sh("cp-b", `ls ${data}`)).toContain("member.pre-bad");
    await stacks.restoreStack("end-bad", { profile: "kubeadm", finalize: "bad" });
    await stacks.done("up", "--yes", "--skip-preview");
    for (const machine of machines) expect(await sh(machine, `ls ${data}`)).toBe("member");
  });

  /** Garbage over its database and its log; then it is ended, since a running etcd answers from memory for long. */
  async function damage(): Promise<void> {
    const overwrite = `for file in ${data}/member/snap/db ${data}/member/wal/*.wal; do
      dd if=/dev/urandom of="$file" bs=1M count=2 conv=notrunc 2> /dev/null; done`;
    const own = 'labels."io.kubernetes.container.name"==etcd';
    const end = `for id in $(ctr -n k8s.io containers list -q '${own}'); do
      ctr -n k8s.io tasks kill -s SIGKILL "$id" || true; done`;
    await sh("cp-b", `${overwrite}; ${end}`);
    await waitUntil({ what: "a member that fails", timeoutSeconds: 60 }, async () => {
      const health = await etcd
        .etcdctl("endpoint", "health", "--cluster", "-w", "json")
        .catch((error: { stdout?: string }) => error.stdout ?? "[]");
      return JSON.parse(health).filter(({ health: well }: { health: boolean }) => well).length === 2;
    });
  }
});
