import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import type { NodesProfileName } from "../../components/profiles/profiles";
import type { ControlPlaneName, Lab } from "../../lab/lab";
import { waitFor } from "../../lab/waiting";
import { MachineEtcd } from "../support/machineEtcd";
import { NodesStacks } from "../support/nodesStack";
import type { JudgedSituation, Restorable } from "./restorable";

const state = "/etc/kubernetes/etcd-recovery";

/** What stands on the machines, and which data is served. */
interface NodesSituation extends JudgedSituation {
  readonly members: readonly string[];
  /** Files of the manifests and of those that are parked, by machine. */
  readonly manifests: Readonly<Record<string, string>>;
}

/** The control plane of a lab whose members are static Pods of one or three machines. */
export class NodesRestorable implements Restorable {
  private readonly etcd: MachineEtcd;

  private constructor(
    private readonly lab: Lab,
    private readonly stacks: NodesStacks,
    readonly machines: readonly ControlPlaneName[],
    private readonly profile: NodesProfileName,
  ) {
    this.etcd = new MachineEtcd(lab, machines[0] ?? "admin-cp");
  }

  static async open(lab: Lab, profile: NodesProfileName): Promise<NodesRestorable> {
    const { hosts } = await lab.controlPlane();
    const machines = hosts.map(({ name }) => name as ControlPlaneName);
    const opened = new NodesRestorable(lab, await NodesStacks.open(lab), machines, profile);
    await opened.put("before");
    await opened.etcd.snapshot(opened.snapshot);
    return opened;
  }

  private get snapshot(): string {
    return join(this.stacks.directory, "admin.db");
  }

  private get machinesFile(): string {
    return join(this.stacks.directory, "machines.yaml");
  }

  get faults() {
    return this.stacks.faults;
  }

  pulumi = (...argv: string[]) => this.stacks.pulumi(...argv);
  done = (...argv: string[]) => this.stacks.done(...argv);
  endProcesses = () => this.stacks.endProcesses();
  close = () => this.stacks.close();
  powerOff = (machine: ControlPlaneName) => this.lab.killMachine(machine);
  powerOn = (machine: ControlPlaneName) => this.lab.startMachine(machine);

  async restoreStack(id: string): Promise<void> {
    await this.stacks.restoreStack(id, { profile: this.profile, snapshot: this.snapshot });
    // The stack's own goes with the stack.
    await copyFile(join(this.stacks.directory, `Pulumi.${id}.yaml`), this.machinesFile);
  }

  /** The copies can differ: an undone one counts before all, and then the furthest. */
  async phase(id: string): Promise<string> {
    const order = [
      ...["", "open", "staged", "quiesced", "swapped", "started", "committed", "finished"],
      ...["undoing", "undone"],
    ];
    const phases = this.machines.map(async (machine) => {
      const read = ["sh", "-c", `cat ${state}/ledger.json || [ ! -e ${state}/ledger.json ]`];
      const { stdout } = await this.lab.onMachine(machine, read);
      if (stdout === "") return "";
      const { id: holder, phase } = JSON.parse(stdout) as { id: string; phase: string };
      return holder === id ? phase : "";
    });
    const places = (await Promise.all(phases)).map((phase) => order.indexOf(phase));
    return order[Math.max(...places)] ?? "";
  }

  async byLedger(command: "undo" | "resume"): Promise<void> {
    const { privateKey } = await this.lab.controlPlane();
    const argv = ["--machines", this.machinesFile, "--ssh-key", privateKey, "--yes"];
    const { exitCode, screen } = await this.stacks.command(command, ...argv);
    if (exitCode !== 0) throw new Error(`etcd-recovery ${command} ended with ${exitCode}:\n${screen}`);
  }

  /** The API server that has just come lets nobody in before it has read who may what. */
  put = (name: string) => this.insisted(`${name} to be written`, () => this.etcd.write(name));

  async remove(name: string): Promise<void> {
    const argv = ["delete", "configmap", name, "-n", "default", "--ignore-not-found"];
    await this.insisted(`${name} to be removed`, async () => this.lab.kubectl(argv));
  }

  async situation(): Promise<NodesSituation> {
    const objects = await this.insisted("objects to be listed", () => this.etcd.configMaps());
    const list = `ls -A /etc/kubernetes/manifests; [ ! -d ${state}/parked ] || ls -A ${state}/parked | sed s/^/parked:/`;
    const manifests = this.machines.map(async (machine) => {
      const { stdout } = await this.lab.onMachine(machine, ["sh", "-c", list]);
      return [machine, stdout.replaceAll("\n", " ")] as const;
    });
    const { members } = JSON.parse(
      await this.insisted("members to be listed", () => this.etcd.etcdctl("member", "list", "-w", "json")),
    );
    const names = members.map(({ name }: { name: string }) => name).sort();
    return { objects, members: names, manifests: Object.fromEntries(await Promise.all(manifests)) };
  }

  async evidence(): Promise<string> {
    const look = `cat ${state}/ledger*.json; ls -lA /etc/kubernetes/manifests ${state} /var/lib/etcd`;
    const said = this.machines.map(async (machine) => {
      const { all = "" } = await this.lab.onMachine(machine, ["sh", "-c", look], {
        all: true,
        reject: false,
      });
      return `${machine}:\n${all}`;
    });
    return (await Promise.all(said)).join("\n");
  }

  private async insisted<Answer>(what: string, ask: () => Promise<Answer>): Promise<Answer> {
    const { answer } = await waitFor({ what, timeoutSeconds: 90 }, async () => ({ answer: await ask() }));
    return answer;
  }
}
