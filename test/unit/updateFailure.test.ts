import type { EngineEvent } from "@pulumi/pulumi/automation";
import { describe, expect, it } from "vitest";
import { UpdateEvents } from "../../automation/updateEvents";
import { updateFailure } from "../../automation/updateFailure";
import { RefusedError, UserError } from "../../components/errors";

const urn = (type: string, name: string) => `urn:pulumi:uc1::etcd-recovery::${type}::${name}`;
const failure = (resource: string | undefined, message: string): EngineEvent => ({
  sequence: 1,
  timestamp: 1,
  diagnosticEvent: { severity: "error", message, color: "never", ...(resource ? { urn: resource } : {}) },
});
const events = (...all: EngineEvent[]) => {
  const collected = new UpdateEvents();
  for (const event of all) collected.add(event);
  return collected;
};

describe("updateFailure", () => {
  const step = urn("command:local:Command", "restore-preflight");

  it("names the step, and of its account only the last statement with its remedy", () => {
    const account = [
      '<{%reset%}>exit status 1: running "exec /bin/sh -c "$ETCD_RECOVERY_STEP" restore-preflight":',
      "members that answer: 3 of 3",
      "restore.reason: the quorum is alive",
      "  pulumi config set --path restore.reason 'why'<{%reset%}>",
    ].join("\n");
    const error = updateFailure("up", "uc1", events(failure(step, account)), new Error("code 1"));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toBe(
      "pulumi up of stack uc1 failed: restore-preflight: restore.reason: the quorum is alive pulumi config set --path restore.reason 'why'",
    );
  });

  it("gives the program's own error, and leaves out the engine's closing words", () => {
    const stack = urn("pulumi:pulumi:Stack", "etcd-recovery-uc1");
    const error = updateFailure(
      "preview",
      "uc1",
      events(
        failure(stack, "The configuration has 1 error:\n  cluster: is required."),
        failure(stack, "preview failed"),
      ),
      new Error("code 255"),
    );
    expect(error.message).toBe(
      "pulumi preview of stack uc1 failed: The configuration has 1 error: cluster: is required.",
    );
  });

  it("names each failed step once", () => {
    const other = urn("command:local:Command", "restore-kube-etcd-1-stage");
    const error = updateFailure(
      "up",
      "uc1",
      events(failure(step, "a"), failure(other, "b"), failure(other, "b")),
      undefined,
    );
    expect(error.message).toBe(
      "pulumi up of stack uc1 failed: restore-preflight: a; restore-kube-etcd-1-stage: b",
    );
  });

  it("tells a refusal, which has changed nothing, from a failure", () => {
    const text = (code: number) =>
      `exit status ${code}: running "exec /bin/sh":\nrestore.reason: no\n  set it`;
    const refused = updateFailure("up", "uc1", events(failure(step, text(3))), undefined);
    expect(refused).toBeInstanceOf(RefusedError);
    expect(refused.message).toBe(
      "pulumi up of stack uc1 was refused: restore-preflight: restore.reason: no set it",
    );
    const both = events(failure(step, text(3)), failure(step, text(1)));
    expect(updateFailure("up", "uc1", both, undefined)).not.toBeInstanceOf(RefusedError);
  });

  it("keeps a user's mistake as it is", () => {
    const mistake = new UserError("cluster: is required.");
    expect(updateFailure("up", "uc1", events(), mistake)).toBe(mistake);
  });
});
