import type execa from "execa";
import { type MachineScriptName, machineScript } from "../../../components/nodes/machineScripts";
import type { Machine } from "../../../lab/machines/machine";

/** Where the scripts have what they keep, as in the profile of kubeadm. */
export const places = {
  manifests: "/etc/kubernetes/manifests",
  state: "/etc/kubernetes/etcd-recovery",
} as const;

/** Shells under which the scripts run on machines, as they are called. */
export const machineShells = { dash: ["dash"], "busybox ash": ["busybox", "ash"] } as const;
export type MachineShell = keyof typeof machineShells;

/** What a script of a machine's ended with. */
export interface Ran {
  /** Its exit code, or the signal that has ended it. */
  readonly code: number | string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** What a run differs in. */
export interface RunChanges {
  /** Default: dash. */
  readonly shell?: MachineShell;
  /** Directory of programs that are found before all others. Default: none. */
  readonly before?: string;
}

/** Runs scripts for machines on a machine, as ssh would. */
export class MachineScriptRuns {
  constructor(private readonly machine: Machine) {}

  async run(name: MachineScriptName, argv: readonly string[], changes: RunChanges = {}): Promise<Ran> {
    const began = performance.now();
    const { exitCode, signal, stdout, stderr } = await this.start(name, argv, changes);
    return { code: exitCode ?? signal, stdout, stderr, seconds: (performance.now() - began) / 1000 };
  }

  /** Starts one whose end is its caller's to wait for. */
  start(
    name: MachineScriptName,
    argv: readonly string[],
    { shell = "dash", before }: RunChanges = {},
  ): execa.ExecaChildProcess {
    const { text } = machineScript(places, name, ...argv);
    const script = before === undefined ? text : `PATH=${before}:$PATH\n${text}`;
    return this.machine.run([...machineShells[shell], "-c", script, "script", ...argv], {
      stdio: ["ignore", "pipe", "pipe"],
      reject: false,
    });
  }

  /** The lines of one that ends well; else throws what it said. */
  async lines(name: MachineScriptName, argv: readonly string[], changes: RunChanges = {}): Promise<string[]> {
    const { code, stdout, stderr } = await this.run(name, argv, changes);
    if (code !== 0) throw new Error(`${name} ended with ${code}: ${stderr}`);
    return stdout.split("\n").filter((line) => line !== "");
  }
}
