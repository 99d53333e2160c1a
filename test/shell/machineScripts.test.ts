import { spawnSync } from "node:child_process";
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
import { MOVED, machineScript, machineScripts } from "../../components/nodes/machineScripts";
import { Sandbox, shells } from "../support/shells";

const scripts = join(__dirname, "..", "..", "components", "nodes", "scripts");
const digest = (text: string) => createHash("sha256").update(text).digest("hex");

it("every script for machines is known", () => {
  const parts = ["machine", "containers", "fence-table", "pki-parts", "seed-place"];
  const names = [...machineScripts, ...parts].map((name) => `${name}.sh`);
  expect(readdirSync(scripts).sort()).toEqual(names.sort());
});

it.each(readdirSync(scripts))("%s is shellcheck-clean POSIX sh, with what it reads", (name) => {
  const argv = ["--shell=sh", "-x", "-P", "SCRIPTDIR", "--exclude=SC2034,SC2154", "--format=gcc", name];
  const checked = spawnSync("shellcheck", argv, { cwd: scripts, encoding: "utf8" });
  expect(checked).toMatchObject({ stdout: "", stderr: "", status: 0 });
});

describe.each(shells)("scripts for machines under $name", (shell) => {
  let sandbox: Sandbox;
  let manifests: string;
  let state: string;
  const run = (name: (typeof machineScripts)[number], argv: readonly string[] = [], input = "") =>
    sandbox.run(machineScript({ manifests, state }, name, ...argv).text, argv, { input });
  const facts = (text: string) => text.split("\n").filter((line) => line !== "");

  beforeEach(() => {
    sandbox = new Sandbox(shell);
    manifests = join(sandbox.directory, "manifests");
    state = join(sandbox.directory, "state");
    mkdirSync(manifests);
    writeFileSync(join(manifests, "etcd.yaml"), "kind: Pod\n");
    // containerd with one etcd that runs, one that has ended, and no API server
    sandbox.stub(
      "ctr",
      `case "$*" in
        *tasks\\ list*) cat "${join(sandbox.directory, "tasks")}" ;;
        *containers\\ list*==etcd,*) echo aaa; echo bbb ;;
      esac`,
    );
    writeFileSync(join(sandbox.directory, "tasks"), "TASK PID STATUS\naaa 1 STOPPED\nbbb 2 RUNNING\n");
    sandbox.stub("curl", "echo ok");
    // util-linux is on every machine; Debian's busybox has no flock
    sandbox.stub("flock", 'exec /usr/bin/flock "$@"');
  });
  afterEach(() => sandbox.dispose());

  it("look: says what is there, parked too, and changes nothing", () => {
    const { code, stdout } = run("look", ["etcd.yaml", "kube-scheduler.yaml"]);
    expect(code).toBe(0);
    const lines = facts(stdout);
    expect(lines).toContain(`manifest etcd.yaml ${Buffer.from("kind: Pod\n").toString("base64")}`);
    expect(lines).toContain("missing");
    expect(lines).toContain("crictl absent");
    sandbox.stub("crictl", "exit 1");
    expect(facts(run("look", []).stdout)).toContain("crictl there");
    expect(lines.find((line) => line.startsWith("time "))).toMatch(/^time \d{10}$/);
    expect(stdout).not.toContain("kube-scheduler");
    expect(stdout).not.toContain("other");
    for (const name of ["kube-vip.yaml", ".hidden.yaml", "notes", "od d.yaml"])
      writeFileSync(join(manifests, name), "");
    const encoded = (text: string) => Buffer.from(text).toString("base64");
    writeFileSync(join(manifests, "etcd.yaml~"), "kind: Pod\n");
    const beside = facts(run("look", ["etcd.yaml"]).stdout).filter((line) => line.startsWith("beside"));
    expect(beside).toHaveLength(4);
    expect(beside).toContain(`beside ${encoded("etcd.yaml~")} ${encoded("kind: Pod\n")}`);
    expect(beside.map((line) => line.split(" ")[1])).toContain(encoded("od d.yaml"));
    expect(facts(run("look", ["etcd.yaml"]).stdout).filter((line) => line.startsWith("other"))).toEqual([
      "other kube-vip.yaml",
    ]);
    expect(existsSync(state)).toBe(false);
  });

  it("write-ledger: only over what was read, only whole, for root alone", () => {
    const [first, second] = ['{"id":"a"}\n', '{"id":"b"}\n'];
    expect(run("write-ledger", ["ledger.json", "-", digest(first)], first)).toMatchObject({ code: 0 });
    expect(run("write-ledger", ["ledger.json", "-", digest(second)], second)).toMatchObject({ code: MOVED });
    expect(run("write-ledger", ["ledger.json", digest(first), digest(second)], "cut")).toMatchObject({
      code: 75,
    });
    expect(readFileSync(join(state, "ledger.json"), "utf8")).toBe(first);
    expect(run("write-ledger", ["ledger.json", digest(first), digest(second)], second)).toMatchObject({
      code: 0,
    });
    expect(statSync(state).mode & 0o777).toBe(0o700);
    expect(statSync(join(state, "ledger.json")).mode & 0o777).toBe(0o600);
    run("write-ledger", ["ledger-a.json", "-", digest(first)], first);
    expect(facts(run("ledgers").stdout).sort()).toEqual(
      [
        `ledger-a.json ${digest(first)} ${Buffer.from(first).toString("base64")}`,
        `ledger.json ${digest(second)} ${Buffer.from(second).toString("base64")}`,
      ].sort(),
    );
  });

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
    const crictl = (attempt: number) => {
      sandbox.stub(
        "crictl",
        `echo "crictl $*" >> "${asked()}"; case "$*" in *\\ -q*) echo aaa ;; *json*) echo '"attempt": ${attempt},' ;; esac`,
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
        ...["crictl rm aaa", ...(shell.name.startsWith("busybox") ? [] : ["sleep 2"])],
      ]);
      expect(told()[0]).toContain("io.kubernetes.container.name=etcd ");
      run("unpark", ["etcd.yaml", "-", "etcd"]);
      expect(told().filter((line) => line.startsWith("crictl"))).toHaveLength(3);
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

  it("status: what runs, what holds the database, what is wanted", () => {
    const data = join(sandbox.directory, "data");
    mkdirSync(join(data, "member", "snap"), { recursive: true });
    writeFileSync(join(data, "member", "snap", "db"), "");
    const etcd = ["etcd.yaml", "etcd", data, "-"];
    const server = ["kube-apiserver.yaml", "kube-apiserver", "-", "https://127.0.0.1:6443/readyz"];
    expect(facts(run("status", [...etcd, ...server]).stdout)).toEqual([
      ...["wanted etcd.yaml 1", "parked etcd.yaml 0", "instance etcd.yaml container bbb"],
      ...["wanted kube-apiserver.yaml 0", "parked kube-apiserver.yaml 0"],
    ]);
    writeFileSync(join(sandbox.directory, "tasks"), "TASK PID STATUS\n");
    expect(facts(run("status", etcd).stdout)).toEqual(["wanted etcd.yaml 1", "parked etcd.yaml 0"]);
    sandbox.stub("flock", "exit 1");
    expect(run("status", etcd).stdout).toContain("instance etcd.yaml process with a lock on");
    sandbox.stub("ctr", "exit 1");
    expect(run("status", etcd)).toMatchObject({ code: 1 });
  });

  it("status: an API server is asked past any proxy, and one that nobody may ask without a name is not unready", () => {
    const server = ["kube-apiserver.yaml", "etcd", "-", "https://127.0.0.1:6443/readyz"];
    const unready = () => run("status", server).stdout.includes("unready");
    // as curl answers through a proxy that does not reach loopback
    sandbox.stub("curl", `case "$*" in *"--noproxy *"*) printf ok200 ;; *) printf '<html>503' ;; esac`);
    expect(unready()).toBe(false);
    for (const [said, is] of [
      ["{}401", false],
      ["forbidden403", true],
      ["[-]etcd failed500", true],
      ["000", true],
    ] as const) {
      sandbox.stub("curl", `printf '${said}'`);
      expect(unready()).toBe(is);
    }
  });

  describe("the container runtime is the kubelet's", () => {
    const kubelet = () => join(sandbox.directory, "kubelet");
    const running = () => {
      const { text } = machineScript({ manifests, state }, "status");
      const argv = ["etcd.yaml", "etcd", "-", "-"];
      return facts(sandbox.run(text, argv, { env: { KUBELET_DIRECTORY: kubelet() } }).stdout).filter((line) =>
        line.startsWith("instance"),
      );
    };
    beforeEach(() => {
      mkdirSync(kubelet());
      // as where it runs, and knows nothing of Kubernetes
      sandbox.stub("ctr", `case "$*" in *namespaces*) echo moby ;; *tasks*) echo TASK ;; esac`);
      sandbox.stub("docker", "echo of-docker");
      sandbox.stub("crictl", 'basename "$CONTAINER_RUNTIME_ENDPOINT"');
    });

    it.each([
      [
        "kubeadm-flags.env",
        'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///var/run/crio/crio.sock --x=y"',
        "crio.sock",
      ],
      ["config.yaml", 'kind: x\ncontainerRuntimeEndpoint: "unix:///run/crio/crio.sock"\n', "crio.sock"],
      ["instance-config.yaml", "containerRuntimeEndpoint: /run/cri-dockerd.sock\n", "cri-dockerd."],
      ["other", "", "of-docker"],
    ])("by %s: %j", (file, text, said) => {
      writeFileSync(join(kubelet(), file), text);
      expect(running()).toEqual([`instance etcd.yaml container ${said.slice(0, 12)}`]);
    });

    it("containerd, at its own socket", () => {
      writeFileSync(
        join(kubelet(), "kubeadm-flags.env"),
        '"--container-runtime-endpoint=unix:///x/containerd.sock"',
      );
      sandbox.stub(
        "ctr",
        `case "$*" in *tasks*) echo "$CONTAINERD_ADDRESS 2 RUNNING" ;; *containers*) echo "$CONTAINERD_ADDRESS" ;; esac`,
      );
      expect(running()).toEqual(["instance etcd.yaml container /x/container"]);
    });
  });

  it("find-tool: a copy that a full disk has cut is no tool, neither now nor later", () => {
    const root = join(sandbox.directory, "root");
    mkdirSync(join(root, "usr/local/bin"), { recursive: true });
    writeFileSync(join(root, "usr/local/bin/etcdutl"), "whole", { mode: 0o755 });
    const script = machineScript({ manifests, state }, "find-tool")
      .text.replace(/\$\(root_of "\$id"\)/, root)
      .replace("command -v etcdutl", "false");
    const find = () => sandbox.run(`cp() { ${full} }\n${script}`, ["etcd", "image"]).stdout;
    let full = 'printf half > "$2"; echo "No space left on device" >&2; return 1;';
    expect(find()).toBe("tool none\n");
    expect(readdirSync(join(state, "tools"))).toEqual([]);
    full = 'command cp "$@";';
    expect(find()).toBe(`tool ${join(state, "tools", "etcdutl")}\n`);
    expect(readFileSync(join(state, "tools", "etcdutl"), "utf8")).toBe("whole");
  });

  it("programs where their makers put them are found by a path that leaves those out", () => {
    const { text } = machineScript({ manifests, state }, "look");
    expect(facts(sandbox.run(`${text}\nprintf 'path %s\\n' "$PATH"`, []).stdout).at(-1)).toContain(
      ":/usr/local/bin",
    );
  });

  it("end: ends what runs once its manifest is parked, and not before", () => {
    expect(run("end", ["etcd.yaml", "-", "etcd"]).stderr).toContain("is there again");
    run("park", ["etcd.yaml", "-", "etcd"]);
    const killed = join(sandbox.directory, "killed");
    sandbox.stub(
      "ctr",
      `case "$*" in *kill*) echo "$*" >> "${killed}" ;; *list\\ -q*) echo bbb ;; *) echo bbb 2 RUNNING ;; esac`,
    );
    expect(run("end", ["etcd.yaml", "-", "etcd"])).toMatchObject({ code: 0, stdout: "ended\n" });
    expect(readFileSync(killed, "utf8")).toContain("kill -s SIGKILL bbb");
  });
});
