import type { MachineName, WorkerName } from "../lab";

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
};

/** Pod subnet of every machine that runs a kubelet. */
export const podSubnets: Readonly<Partial<Record<MachineName, string>>> = {
  "admin-cp": "10.88.10.0/24",
  "node-a": "10.88.11.0/24",
  "node-b": "10.88.12.0/24",
  "node-c": "10.88.13.0/24",
};

export const machinePrefixLength = 24;
export const podNetwork = "10.88.0.0/16";
export const adminServiceNetwork = "10.96.0.0/16";
export const adminServiceAddress = "10.96.0.1";
export const dnsAddress = "10.96.0.10";
/** Services of user clusters are never routed to; each user cluster may use the same network. */
export const userServiceNetwork = "10.97.0.0/16";

export const allWorkers: readonly WorkerName[] = ["node-a", "node-b", "node-c"];

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
