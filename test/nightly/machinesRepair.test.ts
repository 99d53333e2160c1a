import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ControlPlaneName, type Lab, startLab } from "../../lab/index";
import { waitUntil } from "../../lab/waiting";
import { MachineEtcd } from "../support/machineEtcd";
import { NodesStacks } from "../support/nodesStack";

const machines: readonly ControlPlaneName[] = ["cp-a", "cp-b", "cp-c"];
const others = ["cp-a", "cp-c"] as const;
const state = "/etc/kubernetes/etcd-recovery";
const data = "/var/lib/etcd";

/** A filter of containerd's. */
const containersOf = (name: string) => `labels."io.kubernetes.container.name"==${name}`;

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
      const seeds = containersOf("etcd-recovery-seed");
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

  it("goes on where the machine has lost its power while a seed ran there", async () => {
    await damage();
    await stacks.restoreStack("power", { profile: "kubeadm", repair: "cp-b" });
    stacks.faults.arm("kill-after", "seed-member: *member.seed-power *");
    const killed = await up();
    expect(stacks.faults.struck, killed.screen).toBe(true);
    stacks.faults.disarm();
    await stacks.endProcesses();
    const manifest = "/etc/kubernetes/manifests/etcd-recovery-seed.yaml";
    expect(JSON.parse(await sh("cp-b", `cat ${manifest}`)).metadata.name).toMatch(/^etcd-recovery-seed-\d+$/);
    await waitUntil({ what: "a seed that runs", timeoutSeconds: 60 }, async () => (await seeds()) !== "");
    await lab.killMachine("cp-b");
    await lab.startMachine("cp-b");
    expect(await sh("cp-b", `test -e ${manifest} || echo nowhere`)).toBe("nowhere");
    expect(await seeds()).toBe("");
    await stacks.done("cancel", "--yes");
    const run = await up();
    expect(run.exitCode, run.screen).toBe(0);
    await healthy();
    await equal();
    await nothingLeft();
  });

  it("is undone without its stack when etcd has removed the member: it says that it stays out; a new id goes on from there", async () => {
    await stacks.restoreStack("out", { profile: "kubeadm", repair: "cp-b", reason: "a test" });
    await stacks.killedAt(/repair-replace-member created/);
    const { privateKey } = await lab.controlPlane();
    const file = join(stacks.directory, "Pulumi.out.yaml");
    const undo = ["undo", "--machines", file, "--ssh-key", privateKey, "--yes"];
    const { exitCode, screen } = await stacks.command(...undo);
    expect(exitCode, screen).toBe(0);
    expect(screen).toContain("never takes a removed id back: cp-b stays out");
    expect(screen).toMatch(/Done in [\d.]+ s: repair out is undone/);
    await destroy();
    expect(await sh("cp-b", "ls /etc/kubernetes/manifests")).toContain("etcd.yaml");
    await stacks.restoreStack("out-2", { profile: "kubeadm", repair: "cp-b" });
    await stacks.done("up", "--yes", "--skip-preview");
    await healthy();
    await equal();
  });

  it("refuses where a machine cannot be reached, and without a quorum names the restore", async () => {
    await stacks.restoreStack("away", { profile: "kubeadm", repair: "cp-b" });
    await lab.killMachine("cp-b");
    const away = await up();
    expect(away.exitCode).not.toBe(0);
    expect(away.screen).toMatch(/machine cp-b \(10\.77\.0\.22\).*: cannot be reached/);
    await lab.startMachine("cp-b");
    await healthy();
    await damage("cp-b");
    await damage("cp-c");
    const refused = await up();
    expect(refused.exitCode).not.toBe(0);
    expect(refused.screen).toContain("beside cp-b, 0 of 3 members have a quorum");
    expect(refused.screen).toContain("pulumi config set --path restore.snapshot FILE");
  });

  /** Tasks of a seed's container on the member's machine. */
  async function seeds(): Promise<string> {
    const ids = await sh("cp-b", `ctr -n k8s.io containers list -q '${containersOf("etcd-recovery-seed")}'`);
    const tasks = (await sh("cp-b", "ctr -n k8s.io tasks list")).split("\n");
    return tasks.filter((task) => task.includes("RUNNING") && ids.includes(task.split(" ")[0] ?? "")).join();
  }

  /** Garbage over its database and its log; then it is ended, since a running etcd answers from memory for long. */
  async function damage(machine: ControlPlaneName = "cp-b"): Promise<void> {
    const overwrite = `for file in ${data}/member/snap/db ${data}/member/wal/*.wal; do
      dd if=/dev/urandom of="$file" bs=1M count=2 conv=notrunc 2> /dev/null; done`;
    const end = `for id in $(ctr -n k8s.io containers list -q '${containersOf("etcd")}'); do
      ctr -n k8s.io tasks kill -s SIGKILL "$id" || true; done`;
    await sh(machine, `${overwrite}; ${end}`);
    await waitUntil({ what: "a member that fails", timeoutSeconds: 60 }, async () => {
      const well = await new MachineEtcd(lab, machine).etcdctl("endpoint", "health").catch(() => undefined);
      return well === undefined;
    });
  }
});
