import type { ControlPlaneName } from "../lab";
import type { Machine } from "./machine";
import { apiServerPort, balancedAddress, machineAddresses } from "./networkPlan";

/** What the balancer before a control plane's API servers is told; undefined where one machine needs none. */
export function balancerArguments(machines: readonly ControlPlaneName[]): string[] | undefined {
  const addresses = [balancedAddress, ...machines.map((machine) => machineAddresses[machine])];
  return machines.length > 1 ? addresses.map((address) => `${address}:${apiServerPort}`) : undefined;
}

/** Starts the balancer on the machine that has the control plane's address. */
export async function balance(machine: Machine, machines: readonly ControlPlaneName[]): Promise<void> {
  const argv = balancerArguments(machines);
  if (argv !== undefined) {
    await machine.daemon("balancer", ["balancer", ...argv]);
  }
}
