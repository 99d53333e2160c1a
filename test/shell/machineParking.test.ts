import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MOVED } from "../../components/nodes/machineScripts";
import { MachineSandbox } from "../support/machineSandbox";
import { shells } from "../support/shells";

const digest = (text: string) => createHash("sha256").update(text).digest("hex");

describe.each(shells)("manifests are parked and given back under $name", (shell) => {
  let sandbox: MachineSandbox;
  let manifests: string;
  let state: string;
  const run = (...script: Parameters<MachineSandbox["runScript"]>) => sandbox.runScript(...script);
  const facts = (text: string) => text.split("\n").filter((line) => line !== "");

  beforeEach(() => {
    sandbox = new MachineSandbox(shell);
    ({ manifests, state } = sandbox);
  });
  afterEach(() => sandbox.dispose());

  it("park and unpark: a relative link leads to the same file from either place", () => {
    const own = join(sandbox.directory, "own");
    mkdirSync(own);
    renameSync(join(manifests, "etcd.yaml"), join(own, "etcd.yaml"));
    symlinkSync("../own/etcd.yaml", join(manifests, "etcd.yaml"));
    expect(run("park", ["etcd.yaml", "-", "etcd"])).toMatchObject({ code: 0 });
    expect(readdirSync(manifests)).toEqual([]);
    expect(readFileSync(join(state, "parked", "etcd.yaml"), "utf8")).toBe("kind: Pod\n");
    for (const _ of [1, 2]) {
      expect(run("unpark", ["etcd.yaml", "-", "etcd"])).toMatchObject({ code: 0, stdout: "back\n" });
      expect(readFileSync(join(manifests, "etcd.yaml"), "utf8")).toBe("kind: Pod\n");
      expect(readdirSync(join(state, "parked"))).toEqual([]);
    }
  });

  it("park and unpark: between two file systems nothing is half there, whenever it is killed", () => {
    const other = mkdtempSync("/dev/shm/etcd-recovery-manifests-");
    try {
      expect(statSync(other).dev).not.toBe(statSync(sandbox.directory).dev);
      renameSync(manifests, join(sandbox.directory, "unused"));
      symlinkSync(other, manifests);
      writeFileSync(join(other, "etcd.yaml"), "kind: Pod\n");
      // A kill in the middle of what copies: mv between file systems, and cp.
      const half = 'printf kind > "$last"; kill -9 $PPID; exit 1';
      const last = "for last; do :; done";
      const disk = (path: string) => `$(stat -L -c %d ${path})`;
      sandbox.stub(
        "mv",
        `${last}; [ "${disk('"$1"')}" = "${disk('"$' + '{last%/*}/"')}" ] || { ${half}; }
        exec /bin/mv "$@"`,
      );
      const killed = `${last}; ${half}`;
      const [there, parked] = [join(manifests, "etcd.yaml"), join(state, "parked", "etcd.yaml")];
      for (const [script, from, to] of [
        ["park", there, parked],
        ["unpark", parked, there],
      ] as const) {
        // busybox's shell has these two of its own.
        if (shell.name === "dash") {
          sandbox.stub("cp", killed);
          expect(run(script, ["etcd.yaml", "-", "etcd"]).code).not.toBe(0);
          expect(readFileSync(from, "utf8")).toBe("kind: Pod\n");
          expect(existsSync(to)).toBe(false);
        }
        sandbox.stub("cp", 'exec /bin/cp "$@"');
        for (const _ of [1, 2]) expect(run(script, ["etcd.yaml", "-", "etcd"])).toMatchObject({ code: 0 });
        expect(readFileSync(to, "utf8")).toBe("kind: Pod\n");
        expect(existsSync(from)).toBe(false);
      }
      expect(readdirSync(other)).toEqual(["etcd.yaml"]);
    } finally {
      rmSync(other, { recursive: true });
    }
  });

  it("park and unpark: twice as once, and never under another ledger", () => {
    expect(run("park", ["etcd.yaml", digest("other"), "etcd"])).toMatchObject({ code: MOVED });
    expect(readdirSync(manifests)).toEqual(["etcd.yaml"]);
    for (const _ of [1, 2]) {
      expect(run("park", ["etcd.yaml", "-", "etcd"])).toMatchObject({ code: 0, stdout: "parked\n" });
      expect(readdirSync(manifests)).toEqual([]);
      expect(readFileSync(join(state, "parked", "etcd.yaml"), "utf8")).toBe("kind: Pod\n");
    }
    expect(run("clean").stderr).toContain("etcd.yaml is still parked");
    for (const _ of [1, 2]) {
      expect(run("unpark", ["etcd.yaml", "-", "etcd"])).toMatchObject({ code: 0, stdout: "back\n" });
      expect(readdirSync(manifests)).toEqual(["etcd.yaml"]);
      expect(readdirSync(join(state, "parked"))).toEqual([]);
    }
    expect(run("clean")).toMatchObject({ code: 0, stdout: "clean\n" });
  });

  it("park and unpark: of two equal manifests one stays, on a machine without cmp", () => {
    sandbox.stub("cmp", "exit 127");
    const [there, parked] = [join(manifests, "etcd.yaml"), join(state, "parked", "etcd.yaml")];
    run("park", ["etcd.yaml", "-", "etcd"]);
    writeFileSync(there, readFileSync(parked));
    expect(run("park", ["etcd.yaml", "-", "etcd"])).toMatchObject({ code: 0, stdout: "parked\n" });
    expect([existsSync(there), existsSync(parked)]).toEqual([false, true]);
    writeFileSync(there, readFileSync(parked));
    expect(run("unpark", ["etcd.yaml", "-", "etcd"])).toMatchObject({ code: 0, stdout: "back\n" });
    expect([existsSync(there), existsSync(parked)]).toEqual([true, false]);
  });

  it("park and unpark: of two different manifests neither is lost", () => {
    run("park", ["etcd.yaml", "-", "etcd"]);
    writeFileSync(join(manifests, "etcd.yaml"), "kind: Pod # new\n");
    for (const script of ["park", "unpark"] as const) {
      const { code, stderr } = run(script, ["etcd.yaml", "-", "etcd"]);
      expect(code).toBe(1);
      expect(stderr).toContain("keep the right one of the two");
    }
    expect(readFileSync(join(manifests, "etcd.yaml"), "utf8")).toContain("new");
    expect(readFileSync(join(state, "parked", "etcd.yaml"), "utf8")).toBe("kind: Pod\n");
  });

  describe("unpark, where the kubelet would wait before it starts a container again", () => {
    const told = () => (existsSync(asked()) ? facts(readFileSync(asked(), "utf8")) : []);
    const asked = () => join(sandbox.directory, "asked");
    const crictl = (attempt: number, help = "OPTIONS: --all, --force") => {
      sandbox.stub(
        "crictl",
        `echo "crictl $*" >> "${asked()}"; case "$*" in *--help) echo '${help}' ;; *\\ -q*) echo aaa ;; *json*) echo '"attempt": ${attempt},' ;; esac`,
      );
      sandbox.stub("sleep", `echo "sleep $*" >> "${asked()}"`);
    };

    it("removes the container that has ended, while the manifest is parked, and gives the kubelet time to see it", () => {
      crictl(7);
      run("park", ["etcd.yaml", "-", "etcd"]);
      expect(told()).toEqual([]);
      expect(run("unpark", ["etcd.yaml", "-", "etcd"])).toMatchObject({ code: 0, stdout: "back\n" });
      expect(told().map((line) => line.replace(/ --label.*/, ""))).toEqual([
        ...["crictl ps -a --state Exited -q", "crictl ps -a --state Exited -o json"],
        // busybox does not look for another sleep than its own
        ...["crictl rm --help", "crictl rm aaa", ...(shell.name.startsWith("busybox") ? [] : ["sleep 2"])],
      ]);
      expect(told()[0]).toContain("io.kubernetes.container.name=etcd ");
      run("unpark", ["etcd.yaml", "-", "etcd"]);
      expect(told().filter((line) => line.startsWith("crictl"))).toHaveLength(4);
    });

    it("keeps its log, which a newer crictl removes unless it is told", () => {
      crictl(7, "OPTIONS: --all, --keep-logs, -k  Preserve the container log file");
      run("park", ["etcd.yaml", "-", "etcd"]);
      expect(run("unpark", ["etcd.yaml", "-", "etcd"])).toMatchObject({ code: 0, stdout: "back\n" });
      expect(told()).toContain("crictl rm --keep-logs aaa");
    });

    it("waits for nothing where it ended once alone", () => {
      crictl(0);
      run("park", ["etcd.yaml", "-", "etcd"]);
      expect(run("unpark", ["etcd.yaml", "-", "etcd"])).toMatchObject({ code: 0, stdout: "back\n" });
      expect(told().at(-1)).toBe("crictl rm aaa");
    });

    it("does without, where crictl knows nothing", () => {
      sandbox.stub("crictl", "exit 1");
      run("park", ["etcd.yaml", "-", "etcd"]);
      expect(run("unpark", ["etcd.yaml", "-", "etcd"])).toMatchObject({ code: 0, stdout: "back\n" });
    });
  });
});
