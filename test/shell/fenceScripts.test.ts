import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type MachineScriptName,
  MEMORY_DIRECTORY,
  MOVED,
  machineScript,
} from "../../components/nodes/machineScripts";
import { Sandbox, shells } from "../support/shells";

const LEDGER = '{"id":"r1"}\n';
const digest = createHash("sha256").update(LEDGER).digest("hex");
const table = "etcd-recovery-r1";
const file = "kube-apiserver.yaml";
const container = "kube-apiserver";

describe.each(shells)("the fence's scripts under $name", (shell) => {
  let sandbox: Sandbox;
  const at = (...names: string[]) => join(sandbox.directory, ...names);
  const run = (name: MachineScriptName, ...argv: string[]) => {
    const profile = { manifests: at("manifests"), state: at("state") };
    const { text } = machineScript(profile, name);
    return sandbox.run(text.replaceAll(MEMORY_DIRECTORY, at("memory", "own")), argv);
  };
  /** Content of what nft was last told, and names of the tables that there are. */
  const tables = () => readdirSync(at("tables"));
  const state = () => run("fenced", table, file).stdout;
  const reboot = () => {
    for (const directory of ["tables", "memory"]) {
      rmSync(at(directory), { recursive: true });
      mkdirSync(at(directory));
    }
  };

  beforeEach(() => {
    sandbox = new Sandbox(shell);
    for (const name of ["manifests", "state", "state/parked", "tables", "memory"]) mkdirSync(at(name));
    writeFileSync(at("state", "ledger.json"), LEDGER);
    writeFileSync(at("state", "parked", file), "kind: Pod\n");
    sandbox.stub("flock", 'exec /usr/bin/flock "$@"');
    // A transaction of removals and one new table, or the list of all.
    sandbox.stub(
      "nft",
      `case "$*" in
        "list tables") for one in "${at("tables")}"/*; do [ ! -e "$one" ] || echo "table inet \${one##*/}"; done ;;
        "-f -") while read -r word rest; do case $word in
            delete) set -- $rest; rm "${at("tables")}/$3" ;;
            table) set -- $rest; echo "$rest" > "${at("tables")}/$2"; cat >> "${at("tables")}/$2" ;;
          esac; done ;;
        *) cat > /dev/null ;;
      esac`,
    );
  });
  afterEach(() => sandbox.dispose());

  it("raise it, over what another restore has left, and start the API server behind it", () => {
    writeFileSync(at("tables", "etcd-recovery-old"), "");
    writeFileSync(at("tables", "firewalld"), "");
    expect(run("start-behind", file, digest, table, container)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("does not stand"),
    });
    for (const _ of [1, 2])
      expect(run("fence", digest, table, "6443")).toMatchObject({ code: 0, stdout: "fenced\n" });
    expect(tables()).toEqual([table, "firewalld"]);
    expect(readFileSync(at("tables", table), "utf8")).toContain("tcp dport 6443 reject");
    expect(state()).toBe("table 1\nbehind 0\nloose 0\n");
    for (const _ of [1, 2])
      expect(run("start-behind", file, digest, table, container)).toMatchObject({
        code: 0,
        stdout: "behind\n",
      });
    expect(readFileSync(at("manifests", file), "utf8")).toBe("kind: Pod\n");
    expect(state()).toBe("table 1\nbehind 1\nloose 0\n");
  });

  it("leave nothing that would start the API server when the machine is started anew", () => {
    run("fence", digest, table, "6443");
    run("start-behind", file, digest, table, container);
    reboot();
    expect(existsSync(at("manifests", file))).toBe(false);
    expect(state()).toBe("table 0\nbehind 0\nloose 0\n");
    run("fence", digest, table, "6443");
    expect(run("start-behind", file, digest, table, container).code).toBe(0);
    expect(state()).toBe("table 1\nbehind 1\nloose 0\n");
  });

  it("open it: the manifest is the kubelet's for good, and nothing is left", () => {
    run("fence", digest, table, "6443");
    run("start-behind", file, digest, table, container);
    for (const _ of [1, 2])
      expect(run("open-fence", file, digest)).toMatchObject({ code: 0, stdout: "open\n" });
    expect(lstatSync(at("manifests", file)).isFile()).toBe(true);
    expect([tables(), readdirSync(at("state", "parked")), readdirSync(at("memory"))]).toEqual([[], [], []]);
  });

  it.each(["park", "lift"] as const)(
    "%s: what was behind it is taken from the kubelet, and stays parked",
    (way) => {
      run("fence", digest, table, "6443");
      run("start-behind", file, digest, table, container);
      const ran = way === "park" ? run("park", file, digest) : run("lift-fence", digest);
      expect(ran.code).toBe(0);
      expect(readdirSync(at("manifests"))).toEqual([]);
      expect(readdirSync(at("state", "parked"))).toEqual([file]);
      run("lift-fence", digest);
      expect(tables()).toEqual([]);
      expect(run("unpark", file, digest, container).code).toBe(0);
      expect(lstatSync(at("manifests", file)).isFile()).toBe(true);
    },
  );

  it("take a nft that does not answer for no word about tables, where a fence may stand", () => {
    run("fence", digest, table, "6443");
    run("start-behind", file, digest, table, container);
    const all = { tables: tables(), manifests: readdirSync(at("manifests")) };
    sandbox.stub("nft", 'echo "netlink: Error: Operation not permitted" >&2; exit 1');
    for (const [name, ...argv] of [
      ["fence", digest, table, "6443"],
      ["fenced", table, file],
      ["start-behind", file, digest, table, container],
      ["open-fence", file, digest],
      ["lift-fence", digest],
    ] as const) {
      const { code, stderr, stdout } = run(name, ...argv);
      expect({ name, code, stdout }).toEqual({ name, code: 1, stdout: "" });
      expect(stderr).toContain("nft does not say whether a fence stands");
      expect({ tables: tables(), manifests: readdirSync(at("manifests")) }).toEqual(all);
    }
  });

  it("say and take away what another restore has left, before the API server starts for everybody", () => {
    run("fence", digest, "etcd-recovery-r0", "6443");
    run("start-behind", file, digest, "etcd-recovery-r0", container);
    expect(run("fences")).toMatchObject({ code: 0, stdout: "fence etcd-recovery-r0\n" });
    expect(tables()).toEqual(["etcd-recovery-r0"]);
    expect(run("drop-fences", "other").code).toBe(MOVED);
    writeFileSync(at("tables", "firewalld"), "");
    expect(run("drop-fences", digest)).toMatchObject({ code: 0, stdout: "dropped etcd-recovery-r0\n" });
    expect([tables(), readdirSync(at("manifests"))]).toEqual([["firewalld"], []]);
    expect(run("drop-fences", digest)).toMatchObject({ code: 0, stdout: "" });
    expect(run("fences").stdout).toBe("");
    sandbox.stub("nft", "exit 1");
    for (const name of ["fences", "drop-fences"] as const)
      expect(run(name, digest)).toMatchObject({ code: 0, stdout: "unknown\n" });
  });

  it("start no API server behind a fence that nft does not take away", () => {
    sandbox.stub(
      "nft",
      'case "$*" in "list tables") echo "table inet etcd-recovery-r0" ;; *) echo "Error: busy" >&2; exit 1 ;; esac',
    );
    const { code, stderr } = run("drop-fences", digest);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /Error: busy\na fence is left around the API server, and nft does not take it away/,
    );
  });

  it("clean a machine whose nft has never worked, and that has no fence", () => {
    rmSync(at("state", "parked", file));
    sandbox.stub("nft", "exit 1");
    expect(run("clean")).toMatchObject({ code: 0, stdout: "clean\n" });
  });

  it("change nothing under a ledger that has moved, nor beside a manifest that something put back", () => {
    for (const [name, ...argv] of [
      ["fence", "other", table, "6443"],
      ["start-behind", file, "other", table, container],
      ["open-fence", file, "other"],
      ["lift-fence", "other"],
    ] as const)
      expect(run(name, ...argv).code).toBe(MOVED);
    run("fence", digest, table, "6443");
    writeFileSync(at("manifests", file), "kind: Pod\n");
    expect(run("start-behind", file, digest, table, container)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("without the fence"),
    });
    expect(state()).toBe("table 1\nbehind 0\nloose 1\n");
  });
});
