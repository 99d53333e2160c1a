import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import execa from "execa";
import { writeTree } from "../files";
import type { MachineName } from "../lab";
import type { LabDirectory } from "../labDirectory";
import type { Machine } from "./machine";
import { machineAddresses } from "./networkPlan";

/** The account that operators use on the machines. */
export const sshUser = "ubuntu";

/** Name of the operators' key pair in the lab's directory. */
export const operatorKey = "vsphere_tmp";

const sshdConfig = `HostKey /etc/ssh/ssh_host_ed25519_key
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
AllowUsers ${sshUser}
`;

/** Makes the operators' key pair, a host key for each machine, and `known_hosts` with all of them. */
export async function makeSshKeys(lab: LabDirectory, machines: readonly Machine[]): Promise<void> {
  await mkdir(lab.ssh, { recursive: true, mode: 0o700 });
  const hosts = machines.map((machine) => machine.name);
  await Promise.all([operatorKey, ...hosts].map((name) => makeKey(join(lab.ssh, name), name)));
  const lines = await Promise.all(
    hosts.map(async (name) => `${name},${machineAddresses[name]} ${await hostKeyOf(lab, name)}\n`),
  );
  await writeTree(join(lab.ssh, "known_hosts"), lines.join(""));
}

/** A machine's host key as known_hosts and authorized_keys name it, without a comment. */
export async function hostKeyOf(lab: LabDirectory, name: MachineName): Promise<string> {
  const [type, key] = (await readFile(join(lab.ssh, `${name}.pub`), "utf8")).split(" ");
  return `${type} ${key}`;
}

async function makeKey(path: string, comment: string): Promise<void> {
  await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path]);
}

/** Puts the host key, sshd's settings and the operators' rights on a machine that has not been started yet. */
export async function prepareSsh(lab: LabDirectory, machine: Machine): Promise<void> {
  const hostKey = await readFile(join(lab.ssh, machine.name), "utf8");
  await Promise.all([
    machine.writeFile("/etc/ssh/ssh_host_ed25519_key", hostKey, 0o600),
    machine.writeFile("/etc/ssh/sshd_config.d/lab.conf", sshdConfig),
    machine.writeFile("/etc/sudoers.d/lab", `${sshUser} ALL=(ALL) NOPASSWD:ALL\n`, 0o440),
  ]);
}

/** Makes the account (at the first boot) and starts sshd. */
export async function startSsh(lab: LabDirectory, machine: Machine): Promise<void> {
  const known = await machine.run(["id", sshUser], { reject: false });
  if (known.exitCode !== 0) {
    // "*" is no password at all; "!" would lock the account, which sshd without PAM refuses.
    await machine.run(["useradd", "--create-home", "--shell", "/bin/bash", "--password", "*", sshUser]);
    const home = `/home/${sshUser}`;
    const authorized = await readFile(join(lab.ssh, `${operatorKey}.pub`), "utf8");
    await machine.writeFile(`${home}/.ssh/authorized_keys`, authorized, 0o600);
    await machine.run(["chmod", "700", `${home}/.ssh`]);
    await machine.run(["chown", "-R", `${sshUser}:`, `${home}/.ssh`]);
  }
  await machine.daemon("sshd", ["/usr/sbin/sshd", "-D", "-e"]);
}

/** Lets only the jump host reach a machine's sshd. By iptables, as kube-proxy; see iptables.ts. */
export async function allowSshFromJumpOnly(machine: Machine): Promise<void> {
  const others = ["--in-interface", "eth0", "--protocol", "tcp", "--dport", "22", "!", "--source"];
  const rule = [...others, machineAddresses.jump, "--jump", "DROP"];
  await machine.run(["iptables", "--wait", "--insert", "INPUT", ...rule]);
}
