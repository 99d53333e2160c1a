import { type KubeObject, kindOf, nameOf, numberAt, textAt } from "../objects";
import { condition } from "./pod";
import { type Readiness, ready, waiting } from "./readiness";

/** The controller has seen the newest specification. */
function isObserved(object: KubeObject): boolean {
  return (
    (numberAt(object, "status", "observedGeneration") ?? 0) >=
    (numberAt(object, "metadata", "generation") ?? 0)
  );
}

function replicas(object: KubeObject, field: string): number {
  return numberAt(object, "status", field) ?? 0;
}

function rollout(object: KubeObject, wanted: number, done: boolean): Readiness {
  const got = replicas(object, "readyReplicas");
  const text = `Waiting for ${kindOf(object)} "${nameOf(object)}" to be ready: ${got} of ${wanted} replicas`;
  return done
    ? ready()
    : waiting(text, [`Minimum number of live Pods was not attained: ${got} of ${wanted}`]);
}

export function deploymentReadiness(object: KubeObject): Readiness {
  const wanted = numberAt(object, "spec", "replicas") ?? 1;
  const done =
    isObserved(object) &&
    replicas(object, "updatedReplicas") === wanted &&
    replicas(object, "replicas") === wanted &&
    replicas(object, "availableReplicas") === wanted;
  return rollout(object, wanted, done);
}

export function statefulSetReadiness(object: KubeObject): Readiness {
  const wanted = numberAt(object, "spec", "replicas") ?? 1;
  const current = textAt(object, "status", "currentRevision") === textAt(object, "status", "updateRevision");
  const done =
    isObserved(object) &&
    replicas(object, "readyReplicas") === wanted &&
    (current || replicas(object, "updatedReplicas") === wanted);
  return rollout(object, wanted, done);
}

export function daemonSetReadiness(object: KubeObject): Readiness {
  const wanted = replicas(object, "desiredNumberScheduled");
  const done =
    isObserved(object) &&
    replicas(object, "updatedNumberScheduled") === wanted &&
    replicas(object, "numberReady") === wanted;
  return done ? ready() : waiting(`Waiting for DaemonSet "${nameOf(object)}" to be ready`);
}

/** A Job is awaited until it succeeds; its failure ends the wait. */
export function jobReadiness(job: KubeObject): Readiness {
  if (textAt(condition(job, "Complete"), "status") === "True") {
    return ready();
  }
  const failed = condition(job, "Failed");
  const status = `Waiting for Job "${namePath(job)}" to succeed (Active: ${replicas(job, "active")} | Succeeded: ${replicas(job, "succeeded")} | Failed: ${replicas(job, "failed")})`;
  if (textAt(failed, "status") !== "True") {
    return waiting(status);
  }
  return {
    ready: false,
    failed: true,
    status,
    problems: [`[${textAt(failed, "reason")}] ${textAt(failed, "message")}`],
  };
}

function namePath(object: KubeObject): string {
  return `${textAt(object, "metadata", "namespace")}/${nameOf(object)}`;
}
