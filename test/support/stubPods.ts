import { appendFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { operatorScript, utilityScript, utilityScripts } from "../../components/restore/restoreScripts";
import { Sandbox, type ShellKind } from "./shells";

/** Steps of a restore beside a kubectl whose utility Pods are directories; see stubPods.sh. */
export class StubPods {
  readonly sandbox: Sandbox;
  private readonly directory: string;

  constructor(
    private readonly shell: ShellKind,
    private readonly members: readonly string[],
    private readonly id: string,
  ) {
    this.sandbox = new Sandbox(shell);
    this.directory = join(this.sandbox.directory, "stub");
    for (const name of ["volumes", "scripts"]) mkdirSync(join(this.directory, name), { recursive: true });
    for (const name of utilityScripts)
      writeFileSync(join(this.directory, "scripts", `${name}.sh`), utilityScript(name));
    for (const member of members) {
      mkdirSync(this.volume(member));
      appendFileSync(join(this.directory, "pods"), `${member} pod-${member}\n`);
    }
    symlinkSync(join(__dirname, "stubPods.sh"), join(this.sandbox.directory, "stubs", "kubectl"));
  }

  /** Directory of a member's volume. */
  volume(member: string): string {
    return join(this.directory, "volumes", `pod-${member}`);
  }

  run(step: string, environment: Record<string, string>) {
    return this.sandbox.run(operatorScript(step), [], { env: this.environment(environment) });
  }

  /** The same with a member's volume on an empty file system of that size, which goes with the step; its files are told last. */
  runOnVolume(member: string, size: string, step: string, environment: Record<string, string>) {
    const [program = "", ...rest] = this.shell.argv;
    const shell = [`/bin/${program}`, ...rest];
    const flags = process.getuid?.() === 0 ? "-m" : "-rm";
    const inside = `mount -t tmpfs -o size=${size} none "$VOLUME" && { "$@" -c "$STEP_SCRIPT" step; code=$?; cd "$VOLUME" && find . -type f >&2; exit $code; }`;
    return this.sandbox.run(`exec unshare ${flags} /bin/sh -c "$INSIDE" sh "$@"`, shell, {
      env: this.environment({
        ...environment,
        INSIDE: inside,
        STEP_SCRIPT: operatorScript(step),
        VOLUME: this.volume(member),
      }),
    });
  }

  /** Every call of kubectl until now. */
  calls(): string[] {
    const file = join(this.directory, "calls");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  }

  dispose(): void {
    this.sandbox.dispose();
  }

  private environment(more: Record<string, string>) {
    return {
      STUB: this.directory,
      NAMESPACE: "uc1",
      KUBECONFIG: "/k",
      RESTORE_ID: this.id,
      MEMBERS: this.members.join(" "),
      ETCD_STATEFULSET: "kube-etcd",
      APISERVER_STATEFULSET: "kube-apiserver",
      DATA_CLAIM: "data",
      UTILITY_IMAGE: "example/etcd-util:1",
      ...more,
    };
  }
}
