import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandOnPath } from "../../../components/access/commandOnPath";
import { FaultFiles } from "./faultFiles";
import { FaultSwitch } from "./faultSwitch";

/**
 * Faults between the steps and machines. Every effect of a step is a script that ssh runs, so the instants of a restore
 * can be numbered as its requests to an API server can. Whoever shall meet faults has {@link path} as PATH.
 */
export class SshFaults extends FaultSwitch {
  static make(): SshFaults {
    const files = new FaultFiles(mkdtempSync(join(tmpdir(), "etcd-recovery-ssh-faults-")));
    const openssh = commandOnPath("ssh");
    if (openssh === undefined) throw new Error("ssh is not on PATH");
    writeFileSync(join(files.directory, "openssh"), `${openssh}\n`);
    const program = join(files.directory, "bin", "ssh");
    mkdirSync(join(files.directory, "bin"));
    copyFileSync(join(__dirname, "ssh.sh"), program);
    chmodSync(program, 0o755);
    return new SshFaults(files);
  }

  /** @param path the PATH without faults. */
  path(path: string): string {
    return `${join(this.files.directory, "bin")}:${path}`;
  }

  dispose(): void {
    rmSync(this.files.directory, { recursive: true, force: true });
  }
}
