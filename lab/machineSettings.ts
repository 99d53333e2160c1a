import type { NodesProfileName } from "../components/profiles/profiles";
import type { Lab, MachineName } from "./lab";

/**
 * Configuration of a stack of the lab's control plane on machines, as `pulumi config set --path` takes it; without the key.
 *
 * @param hostKeys in the place of machines' own. @param only these of the control plane's machines. Default: all
 */
export async function machineSettings(
  lab: Pick<Lab, "controlPlane">,
  profile: NodesProfileName,
  hostKeys: Partial<Record<MachineName, string>> = {},
  only?: readonly MachineName[],
): Promise<Record<string, string>> {
  const { hosts, jump, sshUser } = await lab.controlPlane();
  const named = hosts.filter(({ name }) => only === undefined || only.includes(name));
  const machines = named.flatMap(({ name, address, hostKey }, n) => [
    [`machines[${n}].name`, name],
    [`machines[${n}].host`, address],
    [`machines[${n}].hostKey`, hostKeys[name] ?? hostKey],
  ]);
  return {
    ...Object.fromEntries(machines),
    ...{ cluster: "admin", profile, "ssh.user": sshUser },
    "ssh.jump.host": jump.address,
    "ssh.jump.hostKey": hostKeys[jump.name] ?? jump.hostKey,
  };
}
