import { deepEquals } from "../../rpc/values";
import { type KubeObject, nameOf, numberAt, textAt, valueAt } from "../objects";
import { type Readiness, ready, waiting } from "./readiness";

/** A claim is ready when it is bound. Whether it waits for its first consumer, its storage class tells: see kinds.ts. */
export function claimReadiness(claim: KubeObject): Readiness {
  const phase = textAt(claim, "status", "phase");
  return phase === "Bound"
    ? ready()
    : waiting(`PersistentVolumeClaim: ${nameOf(claim)} (${phase || "Pending"})`);
}

export function volumeReadiness(volume: KubeObject): Readiness {
  const phase = textAt(volume, "status", "phase");
  return ["Available", "Bound"].includes(phase)
    ? ready()
    : waiting(`PersistentVolume: ${nameOf(volume)} (${phase})`);
}

export function quotaReadiness(quota: KubeObject): Readiness {
  const applied = deepEquals(valueAt(quota, "status", "hard"), valueAt(quota, "spec", "hard"));
  return applied ? ready() : waiting(`Waiting for ResourceQuota "${nameOf(quota)}" to be observed`);
}

/** Only a token of a service account comes later than its Secret. */
export function secretReadiness(secret: KubeObject): Readiness {
  const isToken = textAt(secret, "type") === "kubernetes.io/service-account-token";
  return !isToken || valueAt(secret, "data", "token") !== undefined
    ? ready()
    : waiting(`Waiting for Secret "${nameOf(secret)}" to be filled`);
}

/** A balancer is ready with its address; any other Service has nothing of its own to wait for. */
export function serviceReadiness(service: KubeObject): Readiness {
  const isBalancer = textAt(service, "spec", "type") === "LoadBalancer";
  const ingress = valueAt(service, "status", "loadBalancer", "ingress");
  return !isBalancer || ingress !== undefined || numberAt(service, "status", "none") !== undefined
    ? ready()
    : waiting(`Waiting for Service "${nameOf(service)}" to get an address`);
}
