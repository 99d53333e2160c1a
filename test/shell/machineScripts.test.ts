import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MOVED, machineScript, machineScripts } from "../../components/nodes/machineScripts";
import { MachineSandbox } from "../support/machineSandbox";
import { shells } from "../support/shells";

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

  /** Runs it with a shell function in a program's place, since busybox ash calls its own. */
  const runWith = (
    replaced: string,
    name: Parameters<typeof run>[0],
    argv: readonly string[],
    input?: string,
  ) =>
    sandbox.run(`${replaced}\n${machineScript(sandbox, name, ...argv).text}`, argv, { input: input ?? "" });

  it("write-ledger: survives a loss of power at every instant: whole before it has its name, and its name with it", () => {
    const content = '{"id":"a"}\n';
    const log = join(sandbox.directory, "log");
    const logged = `sync() { echo "sync $*" >> '${log}'; }\nmv() { echo mv >> '${log}'; command mv "$@"; }`;
    expect(runWith(logged, "write-ledger", ["ledger.json", "-", digest(content)], content)).toMatchObject({
      code: 0,
    });
    expect(readFileSync(log, "utf8").trim().split("\n")).toEqual([
      `sync ${join(state, "ledger.json.part")}`,
      "mv",
      `sync ${state} ${dirname(state)}`,
    ]);
  });

  it.each([
    ["Input/output error", 1],
    ["No space left on device", 1],
    ["unrecognized usage", 0],
  ])("write-ledger: %s of a disk is told from what a machine's sync cannot do", (said, code) => {
    const content = '{"id":"a"}\n';
    const failing = `sync() { [ $# = 0 ] || { echo "sync: error syncing 'x': ${said}" >&2; return 1; }; }`;
    const ran = runWith(failing, "write-ledger", ["ledger.json", "-", digest(content)], content);
    expect(ran).toMatchObject({ code });
    expect(existsSync(join(state, "ledger.json"))).toBe(code === 0);
    if (code === 1) expect(ran.stderr).toContain(`a disk of this machine does not keep what is written`);
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

    it.each([
      ["nothing of Kubernetes' runs", ":", "of-docker"],
      ["something of Kubernetes' runs", "echo c1", "c1"],
    ])("Docker, with a containerd that knows of Kubernetes: %s", (_, theirs, said) => {
      sandbox.stub(
        "ctr",
        `case "$*" in *namespaces*) printf 'k8s.io\\nmoby\\n' ;; *tasks*) echo "c1 2 RUNNING" ;; *containers*) ${theirs} ;; esac`,
      );
      expect(running()).toEqual([`instance etcd.yaml container ${said}`]);
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

  it("find-tool: where cri-dockerd tells crictl of no process, Docker is asked for it", () => {
    const pid = String(process.pid);
    sandbox.stub("ctr", "exit 1");
    sandbox.stub("crictl", `case "$*" in *inspect*) echo '<no value>' ;; *) echo aaa ;; esac`);
    sandbox.stub("docker", `echo ${pid}`);
    const tool = join(sandbox.directory, "etcdutl");
    const script = machineScript({ manifests, state }, "find-tool")
      .text.replace(/^choose_asked\(\) \{$/m, "choose_asked() { asked=crictl; }\nunused() {")
      .replace("command -v etcdutl", "false")
      .replace("inside=usr/local/bin/etcdutl", `inside=${tool}`);
    writeFileSync(tool, "whole", { mode: 0o755 });
    expect(sandbox.run(script, ["etcd", "image"]).stdout).toBe(`tool ${join(state, "tools", "etcdutl")}\n`);
    expect(readFileSync(join(state, "tools", "etcdutl"), "utf8")).toBe("whole");
  });

  it("programs where their makers put them are found by a path that leaves those out", () => {
    const { text } = machineScript({ manifests, state }, "look");
    expect(facts(sandbox.run(`${text}\nprintf 'path %s\\n' "$PATH"`, []).stdout).at(-1)).toContain(
      ":/usr/local/bin",
    );
  });

  it.each(["ctr", "crictl", "docker"])(
    "%s is asked within bounds: one that hangs says nothing",
    (program) => {
      const asks = `choose_asked() { asked=${program}; }`;
      sandbox.stub(program, "exit 0");
      const hanging = `timeout() { echo "$2 hangs" >&2; return 124; }`;
      for (const [name, ...argv] of [
        ["status", "etcd.yaml", "etcd", "-", "-"],
        ["etcdctl", "5", "etcd", "endpoint", "health"],
        ["end", "gone.yaml", "-", "etcd"],
        ["find-tool", "etcd", "image"],
      ] as const) {
        const text = machineScript(sandbox, name)
          .text.replace(/^choose_asked\(\) \{$/m, "unused() {")
          .replace(/command -v etcd(ctl|utl)/, "false");
        const { code, stderr } = sandbox.run(`${hanging}\n${asks}\n${text}`, argv);
        expect({ name, code }).toEqual({ name, code: 1 });
        expect(stderr).toMatch(new RegExp(`^${program} hangs\n${program} could not `));
        expect(stderr).not.toContain("no etcd runs here");
      }
    },
  );

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
