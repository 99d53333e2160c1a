import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { remedyFor } from "../../../components/procedure/acts/tools";

describe("what to give where the image has no tool that fits", () => {
  let directory: string;
  const place = (name: string) => join(directory, name);
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "etcd-recovery-path-"));
    for (const name of ["directory", "text", "program"]) mkdirSync(place(name));
    mkdirSync(join(place("directory"), "etcdutl"));
    writeFileSync(join(place("text"), "etcdutl"), "text");
    writeFileSync(join(place("program"), "etcdutl"), `#!/bin/sh\ntouch ${place("used")}\n`);
    chmodSync(join(place("program"), "etcdutl"), 0o755);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(directory, { recursive: true });
  });
  const withPath = (...names: string[]) => {
    vi.stubEnv("PATH", names.map(place).join(delimiter));
    return remedyFor("3.5.30");
  };

  it("names an etcdutl on this machine's PATH, and does not use it", () => {
    expect(withPath("directory", "text", "program")).toContain(
      `pulumi config set --path restore.etcdutl ${join(place("program"), "etcdutl")} `,
    );
    expect(readdirSync(directory)).not.toContain("used");
  });

  it("names none that is no program", () => {
    expect(withPath("directory", "text")).toContain("restore.etcdutl PATH ");
  });
});
