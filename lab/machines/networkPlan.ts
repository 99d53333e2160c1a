import type { MachineName } from "../lab";

/**
 * Addresses of the lab. They exist only inside its own network namespaces, so several labs use the same ones side by
 * side and none of them can collide with the host's.
 */
export const machineAddresses: Readonly<Record<MachineName, string>> = {
  ws: "10.77.0.1",
  jump: "10.77.0.2",
  "admin-cp": "10.77.0.10",
  "node-a": "10.77.0.11",
  "node-b": "10.77.0.12",
  "node-c": "10.77.0.13",
  "cp-a": "10.77.0.21",
  "cp-b": "10.77.0.22",
  "cp-c": "10.77.0.23",
};

/** Pod subnet of every machine that runs a kubelet. */
export const podSubnets: Readonly<Partial<Record<MachineName, string>>> = {
  "admin-cp": "10.88.10.0/24",
  "node-a": "10.88.11.0/24",
  "node-b": "10.88.12.0/24",
  "node-c": "10.88.13.0/24",
  "cp-a": "10.88.21.0/24",
  "cp-b": "10.88.22.0/24",
  "cp-c": "10.88.23.0/24",
};

export const machinePrefixLength = 24;
export const podNetwork = "10.88.0.0/16";
export const adminServiceNetwork = "10.96.0.0/16";
export const adminServiceAddress = "10.96.0.1";
export const dnsAddress = "10.96.0.10";
/** Services of user clusters are never routed to; each user cluster may use the same network. */
export const userServiceNetwork = "10.97.0.0/16";

export const apiServerPort = 6443;

/** Stands for whichever API server of several machines answers; the workstation has it, where the balancer runs. */
export const balancedAddress = "10.77.0.20";

/** Address under which the API servers of a control plane's machines are known to everyone else. */
export function controlPlaneAddress(machines: readonly MachineName[]): string {
  const [first = "admin-cp", ...others] = machines;
  return others.length === 0 ? machineAddresses[first] : balancedAddress;
}

/** Address of the API server of the user cluster at `index`, counted from 0. */
export function userClusterAddress(index: number): string {
  return `10.79.0.${index + 1}`;
}

/** Content of /etc/hosts on every machine. */
export function hostsFile(machines: readonly MachineName[]): string {
  return ["127.0.0.1 localhost", ...machines.map((name) => `${machineAddresses[name]} ${name}`), ""].join(
    "\n",
  );
}
