import type { EngineEvent, OpMap, OpType } from "@pulumi/pulumi/automation";

/** One resource that an update touched, or that a preview says it will touch. */
export interface ResourceChange {
  /** Last part of the URN, e.g. "restore-guard". */
  readonly name: string;
  /** e.g. "command:local:Command" */
  readonly type: string;
  readonly operation: OpType;
}

/** What an update's events say, collected while they arrive. */
export class UpdateEvents {
  /** Count of resources by operation, of the summary; undefined until it has come. */
  changes: OpMap | undefined;
  /** Milliseconds of `performance.now()` at which the summary came: the engine had finished. */
  endedAt: number | undefined;
  readonly resources: ResourceChange[] = [];
  /** Text of warnings, without colours. */
  readonly warnings: string[] = [];
  /** Errors with the resource that they are about; undefined for the program or the engine. */
  readonly errors: { readonly resource: string | undefined; readonly text: string }[] = [];

  add(event: EngineEvent): void {
    const { summaryEvent, resourcePreEvent, diagnosticEvent } = event;
    if (summaryEvent !== undefined) {
      this.changes = summaryEvent.resourceChanges;
      this.endedAt = performance.now();
    }
    if (resourcePreEvent !== undefined && resourcePreEvent.metadata.op !== "same") {
      const { urn, type, op } = resourcePreEvent.metadata;
      this.resources.push({ name: resourceName(urn), type, operation: op });
    }
    if (diagnosticEvent !== undefined && diagnosticEvent.ephemeral !== true) {
      const text = withoutColours(diagnosticEvent.message).trim();
      if (diagnosticEvent.severity === "warning") this.warnings.push(text);
      if (diagnosticEvent.severity === "error") {
        this.errors.push({ resource: resourceOf(diagnosticEvent.urn), text });
      }
    }
  }
}

/** Last part of a URN: `urn:pulumi:stack::project::types::name`. A name may itself hold "::". */
export function resourceName(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

function resourceOf(urn: string | undefined): string | undefined {
  if (urn === undefined || urn === "" || urn.includes("::pulumi:pulumi:Stack::")) return undefined;
  return resourceName(urn);
}

/** The engine marks colours as `<{%fg 1%}>`. */
function withoutColours(text: string): string {
  return text.replaceAll(/<\{%.*?%\}>/g, "");
}
