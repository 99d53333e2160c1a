import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type MachineScriptName, machineScript } from "../../components/nodes/machineScripts";
import { Sandbox } from "./shells";

/** A machine whose kubelet has one manifest, etcd's; of containerd one etcd runs, one has ended, and there is no API server. */
export class MachineSandbox extends Sandbox {
  readonly manifests = join(this.directory, "manifests");
  readonly state = join(this.directory, "state");

  constructor(shell: ConstructorParameters<typeof Sandbox>[0]) {
    super(shell);
    mkdirSync(this.manifests);
    writeFileSync(join(this.manifests, "etcd.yaml"), "kind: Pod\n");
    this.stub(
      "ctr",
      `case "$*" in
        *tasks\\ list*) cat "${join(this.directory, "tasks")}" ;;
        *containers\\ list*==etcd,*) echo aaa; echo bbb ;;
      esac`,
    );
    writeFileSync(join(this.directory, "tasks"), "TASK PID STATUS\naaa 1 STOPPED\nbbb 2 RUNNING\n");
    this.stub("curl", "echo ok");
    // util-linux is on every machine; Debian's busybox has no flock
    this.stub("flock", 'exec /usr/bin/flock "$@"');
  }

  /** Runs a script for machines. */
  runScript(name: MachineScriptName, argv: readonly string[] = [], input = "") {
    return this.run(machineScript(this, name, ...argv).text, argv, { input });
  }
}
