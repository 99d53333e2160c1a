import { Socket } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readConfig } from "../../components/config";
import { UserError } from "../../components/errors";

describe("faults row 2: readConfig", () => {
  afterEach(() => {
    pulumi.runtime.setAllConfig({});
    vi.restoreAllMocks();
  });

  /** What is said of a stack with these settings, and how many calls were made on the network before. */
  const refusal = (settings: Record<string, string>) => {
    const calls = vi.spyOn(Socket.prototype, "connect");
    const project = pulumi.getProject();
    const all = Object.entries(settings).map(([key, value]) => [`${project}:${key}`, value]);
    pulumi.runtime.setAllConfig(Object.fromEntries(all));
    let said = "accepted";
    try {
      readConfig();
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      said = (error as Error).message;
    }
    expect(calls).not.toHaveBeenCalled();
    return said;
  };

  it("faults row 2: says every missing, empty and ill-typed value at once, before any call", () => {
    const said = refusal({
      operation: "restore",
      cluster: "",
      members: "three",
      utilityImage: "",
      overrides: "no object",
      allowInsecure: '[""]',
      restore: '{"id": "", "snapshot": "  ", "reason": "", "allowUnhashed": "yes"}',
    });
    expect(said).toContain("10 errors");
    const keys = said
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(":", 1)[0]);
    expect(keys.sort()).toEqual(
      [
        ...["cluster", "members", "adminKubeconfig", "utilityImage", "overrides", "allowInsecure.0"],
        ...["restore.id", "restore.snapshot", "restore.reason", "restore.allowUnhashed"],
      ].sort(),
    );
    for (const key of ["cluster", "adminKubeconfig", "utilityImage"])
      expect(said).toContain(`${key}: is required. pulumi config set ${key} VALUE`);
    expect(said).toContain("restore.snapshot: must not be empty");
  });

  it("faults row 2: an empty value is a missing one, whichever required key has it", () => {
    const complete: Record<string, string> = {
      operation: "backup",
      cluster: "uc1",
      adminKubeconfig: "/k",
      backup: '{"generation": "1", "directory": "/b"}',
    };
    expect(refusal(complete)).toBe("accepted");
    for (const key of Object.keys(complete)) {
      const { [key]: _, ...without } = complete;
      const said = refusal({ ...complete, [key]: "" });
      expect(said).toMatch(/has (1 error|2 errors):/);
      expect(said).toContain(`${key}${key === "backup" ? ".directory" : ""}: is required`);
      expect(refusal(without)).toBe(said);
    }
    expect(refusal({ ...complete, backup: '{"generation": "", "directory": ""}' })).toMatch(
      /2 errors:\n.*backup.generation: must not be empty.*\n.*backup.directory: must not be empty/,
    );
  });
});
