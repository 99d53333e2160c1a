import type { MachineName } from "../lab";
import type { Machine } from "./machine";
import { balancedAddress, machineAddresses, machinePrefixLength, podSubnets } from "./networkPlan";

const bridge = "br0";

/** Feeds commands to `ip -batch` inside a machine's network. */
async function ip(machine: Machine, commands: readonly string[]): Promise<void> {
  await machine.inNetwork(["ip", "-batch", "-"], { input: `${commands.join("\n")}\n` });
}

async function allowForwarding(machine: Machine): Promise<void> {
  const settings = ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.disable_ipv6=1"];
  await machine.inNetwork(["sysctl", "-q", "-w", ...settings]);
}

/** Routes to the Pods of the other machines, one next hop each, as a small flat cluster has them. */
function podRoutes(machine: Machine): string[] {
  return Object.entries(podSubnets)
    .filter(([name]) => name !== machine.name)
    .map(
      ([name, subnet]) => `route replace ${subnet} via ${machineAddresses[name as keyof typeof podSubnets]}`,
    );
}

/** Makes the bridge that all machines hang on; it lives in the workstation's network, so the host never sees it. */
export async function makeBridge(workstation: Machine): Promise<void> {
  await ip(workstation, [
    "link set lo up",
    `link add ${bridge} type bridge`,
    `addr add ${machineAddresses.ws}/${machinePrefixLength} dev ${bridge}`,
    `addr add ${balancedAddress}/32 dev ${bridge}`,
    `link set ${bridge} up`,
    ...podRoutes(workstation),
  ]);
  await allowForwarding(workstation);
}

/** Name, in the workstation's network, of the cable to a machine. */
export function cableOf(machine: Machine): string {
  return `v-${machine.name}`;
}

/** Connects a machine to the bridge. */
export async function connect(machine: Machine, workstation: Machine): Promise<void> {
  // The kernel takes its time to clear an ended machine's network away, and with it the cable.
  await workstation.inNetwork(["ip", "link", "delete", cableOf(machine)], { reject: false });
  const peer = `peer name eth0 netns ${machine.firstProcess.pid}`;
  await ip(workstation, [
    `link add ${cableOf(machine)} type veth ${peer}`,
    `link set ${cableOf(machine)} master ${bridge} up`,
  ]);
  await ip(machine, [
    "link set lo up",
    `addr add ${machineAddresses[machine.name]}/${machinePrefixLength} dev eth0`,
    `link set eth0 address ${macOf(machineAddresses[machine.name])}`,
    "link set eth0 up",
    ...podRoutes(machine),
  ]);
  await allowForwarding(machine);
}

/** Of a machine's only card: after a start the others still know it by this one, locally administered. */
const macOf = (address: string): string =>
  ["02", "00", ...address.split(".").map((byte) => Number(byte).toString(16).padStart(2, "0"))].join(":");

/** Pulls or plugs a machine's cable. */
export async function setCable(machine: Machine, workstation: Machine, up: boolean): Promise<void> {
  await ip(workstation, [`link set ${cableOf(machine)} ${up ? "up" : "down"}`]);
}

/**
 * Sends what is for `address` to one of the machines, and past those that do not answer: a cluster's address survives
 * the loss of a worker as it does behind a load balancer.
 */
export async function routeAddress(
  workstation: Machine,
  address: string,
  via: readonly MachineName[],
): Promise<void> {
  // A machine that is gone is noticed after two seconds, not ten.
  const neighbours = [
    `net.ipv4.neigh.${bridge}.delay_first_probe_time=1`,
    `net.ipv4.neigh.${bridge}.ucast_solicit=1`,
  ];
  await workstation.inNetwork(["sysctl", "-q", "-w", "net.ipv4.fib_multipath_use_neigh=1", ...neighbours]);
  const hops = via.map((name) => `nexthop via ${machineAddresses[name]}`);
  await ip(workstation, [`route replace ${address}/32 ${hops.join(" ")}`]);
}
