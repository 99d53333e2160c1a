import { resolve } from "node:path";
import type { Lab } from "../../lab/lab";
import { LabStacks } from "../support/labStack";
import { MarkedCluster, type Situation } from "./outcome";
import type { Restorable } from "./restorable";

const cli = resolve(__dirname, "..", "..", "bin", "etcd-recovery.js");

/** Phase of the ledger of restore `id`; empty when it has none. */
export async function ledgerPhase({ lab, cluster }: LabStacks, id: string): Promise<string> {
  const fields = "jsonpath={.data.id} {.data.phase}";
  const get = ["get", "configmap", "etcd-recovery", "--ignore-not-found", "-o", fields];
  const [holder, phase = ""] = (await lab.kubectl(["-n", cluster.name, ...get])).stdout.split(" ");
  return holder === id ? phase : "";
}

/** A user cluster whose control plane runs as Pods. */
export class HostedRestorable implements Restorable {
  readonly machines = [];

  private constructor(
    private readonly stacks: LabStacks,
    private readonly cluster: MarkedCluster,
    private readonly settings: Record<string, string>,
  ) {}

  /** Takes the backup that its restores are of. @param name of the user cluster */
  static async open(lab: Lab, name: string): Promise<HostedRestorable> {
    const stacks = await LabStacks.open(lab, name);
    const cluster = new MarkedCluster(lab, lab.userCluster(name));
    await cluster.put("before");
    const settings = { "restore.snapshot": await stacks.backup(), "restore.reason": "a test of faults" };
    return new HostedRestorable(stacks, cluster, settings);
  }

  get faults() {
    return this.stacks.faults;
  }

  pulumi = (...argv: string[]) => this.stacks.pulumi(...argv);
  done = (...argv: string[]) => this.stacks.done(...argv);
  restoreStack = (id: string) => this.stacks.restoreStack(id, this.settings);
  endProcesses = () => this.stacks.endProcesses();
  phase = (id: string) => ledgerPhase(this.stacks, id);
  put = (name: string) => this.cluster.put(name);
  remove = (name: string) => this.cluster.remove(name);
  situation = (): Promise<Situation> => this.cluster.situation();
  close = () => this.stacks.close();

  async powerOff(): Promise<void> {
    throw new Error("a hosted member lives on no machine of ours");
  }
  powerOn = () => this.powerOff();

  async byLedger(command: "undo" | "resume"): Promise<void> {
    const { lab, cluster } = this.stacks;
    const access = ["--admin-kubeconfig", lab.adminKubeconfig, "--user-kubeconfig", cluster.kubeconfig];
    await lab.run(["node", cli, command, "--yes", ...access, "--namespace", cluster.name]);
  }

  async evidence(): Promise<string> {
    const { lab, cluster } = this.stacks;
    const ask = async (...argv: string[]) =>
      (await lab.kubectl(["-n", cluster.name, "get", ...argv], { all: true, reject: false })).all ?? "";
    const workloads = await ask("statefulsets,deployments,pods", "-o", "wide");
    const times =
      'go-template={{range $field, $value := .data}}{{$field}} {{printf "%.80s" $value}}{{"\\n"}}{{end}}';
    return `${workloads}\n${await ask("configmap", "etcd-recovery", "-o", times)}`;
  }
}
