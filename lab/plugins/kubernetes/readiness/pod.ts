import { isArray, type PropertyValue } from "../../rpc/values";
import { type KubeObject, nameOf, namespaceOf, numberAt, textAt, valueAt } from "../objects";
import { type Readiness, ready, waiting } from "./readiness";

/**
 * A Pod is ready when it is scheduled, initialized, and ready or succeeded. A Pod that ran for a moment and then failed
 * was ready; one that cannot be scheduled says nothing of why (the official plugin's own shortcomings).
 */
export function podReadiness(pod: KubeObject): Readiness {
  const name = qualifiedName(pod);
  const scheduled = condition(pod, "PodScheduled");
  if (textAt(scheduled, "status") !== "True") {
    const message = textAt(scheduled, "reason") === "" ? "" : textAt(scheduled, "message");
    return waiting(message || `Waiting for Pod "${name}" to be scheduled`);
  }
  const initialized = condition(pod, "Initialized");
  if (textAt(initialized, "status") !== "True") {
    return waiting(`Waiting for Pod "${name}" to be initialized`, problemsOf(pod, initialized));
  }
  const readyCondition = condition(pod, "Ready");
  if (
    textAt(readyCondition, "status") === "True" ||
    (readyCondition !== undefined && textAt(pod, "status", "phase") === "Succeeded")
  ) {
    return ready();
  }
  return waiting(`Waiting for Pod "${name}" to be ready`, problemsOf(pod, readyCondition));
}

/** The namespace is left out when it is the default one. */
function qualifiedName(pod: KubeObject): string {
  const namespace = namespaceOf(pod);
  return namespace === "" || namespace === "default" ? nameOf(pod) : `${namespace}/${nameOf(pod)}`;
}

export function condition(object: KubeObject, type: string): PropertyValue | undefined {
  const conditions = valueAt(object, "status", "conditions");
  return isArray(conditions) ? conditions.find((entry) => textAt(entry, "type") === type) : undefined;
}

function problemsOf(pod: KubeObject, failing: PropertyValue | undefined): string[] {
  const statuses = valueAt(pod, "status", "containerStatuses");
  const errors = (isArray(statuses) ? statuses : []).flatMap(containerProblems);
  const message = textAt(failing, "message");
  if (failing === undefined || (errors.length === 0 && message === "")) {
    return [];
  }
  const said = textAt(failing, "reason") === "" ? "" : message;
  return [`[Pod ${qualifiedName(pod)}]: ${said}${errors.join("\n")}`];
}

function containerProblems(status: PropertyValue): string[] {
  if (valueAt(status, "ready") === true) {
    return [];
  }
  const problems: string[] = [];
  const waitingReason = textAt(status, "state", "waiting", "reason");
  if (waitingReason !== "" && waitingReason !== "ContainerCreating") {
    problems.push(`[${waitingReason}] ${textAt(status, "state", "waiting", "message")}`);
  }
  const ended = textAt(status, "state", "terminated", "reason");
  if (ended !== "") {
    const message = textAt(status, "state", "terminated", "message");
    const code = numberAt(status, "state", "terminated", "exitCode");
    problems.push(
      message === ""
        ? `container "${textAt(status, "name")}" completed with exit code ${code}`
        : `[${ended}] ${message}`,
    );
  }
  return problems;
}
