import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { readLedger } from "../../automation/recovery/ledger";
import { UserError } from "../../components/errors";

/** The ledger as `etcd-recovery resume` and `undo` read it; kubectl is a stub that writes down its arguments. */
describe("readLedger", () => {
  const directory = mkdtempSync(join(tmpdir(), "etcd-recovery-ledger-"));
  const access = { namespace: "uc1", adminKubeconfig: "/with a space/admin" };
  const stub = (body: string) =>
    writeFileSync(join(directory, "kubectl"), `#!/bin/sh\nprintf '%s\\n' "$@" > "$0.argv"\n${body}\n`, {
      mode: 0o755,
    });
  const answer = (data: object) => stub(`cat << 'EOF'\n${JSON.stringify({ data })}\nEOF`);
  const refusal = async () => {
    const error = await readLedger(access).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  };
  beforeEach(() => {
    vi.stubEnv("PATH", `${directory}:${process.env.PATH}`);
    return () => vi.unstubAllEnvs();
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it("asks the named cluster, in the named namespace", async () => {
    answer({ id: "n1", phase: "swapped", kind: "repair", names: '{"MEMBERS":"a b"}', more: "x" });
    expect(await readLedger({ ...access, adminContext: "prod" })).toEqual({
      id: "n1",
      phase: "swapped",
      kind: "repair",
      names: { MEMBERS: "a b" },
    });
    const asked = readFileSync(join(directory, "kubectl.argv"), "utf8").split("\n");
    expect(asked.slice(0, 9)).toEqual([
      ...["--kubeconfig", access.adminKubeconfig, "--context", "prod", "--namespace", "uc1"],
      ...["get", "configmap", "etcd-recovery"],
    ]);
  });

  it("takes one without a kind for a restore's", async () => {
    answer({ id: "n1", phase: "open", names: "{}" });
    expect(await readLedger(access)).toMatchObject({ kind: "restore" });
    expect(readFileSync(join(directory, "kubectl.argv"), "utf8")).not.toContain("--context");
  });

  it("says that there is none", async () => {
    stub("");
    expect(await refusal()).toBe("--namespace uc1: holds no ledger: no restore was ever opened there.");
  });

  it("says that it is none of ours", async () => {
    answer({ id: "n1" });
    expect(await refusal()).toMatch(
      /^ConfigMap uc1\/etcd-recovery: is no ledger that this version wrote\. Look: kubectl /,
    );
  });

  const tries = 'E1122 memcache.go:265] "Unhandled Error" err="connection refused"\n'.repeat(3);

  it.each([
    [
      "a server that does not listen: without the tries before it",
      `${tries}The connection to the server a:1 was refused - did you specify the right host or port?\n`,
      "The connection to the server a:1 was refused - did you specify the right host or port?",
    ],
    [
      "a credential plugin that is missing: without the advice after it",
      `${tries}Unable to connect to the server: getting credentials: exec: executable p not found\n\nTo learn more:\n      https://kubernetes.io/docs\n`,
      "Unable to connect to the server: getting credentials: exec: executable p not found",
    ],
    ["a right that is missing", "Error from server (Forbidden): no\n", "Error from server (Forbidden): no"],
    ["anything else: its last line", "panic\nsegmentation fault\n", "segmentation fault"],
  ])("says of %s", async (_, said, reason) => {
    stub(`cat >&2 << 'EOF'\n${said}EOF\nexit 1`);
    expect(await refusal()).toBe(`--admin-kubeconfig: the admin cluster could not be asked: ${reason}`);
  });

  it("says that there is no kubectl", async () => {
    vi.stubEnv("PATH", join(directory, "nothing"));
    expect(await refusal()).toBe(
      "--admin-kubeconfig: the admin cluster could not be asked: kubectl is not on PATH",
    );
  });
});
