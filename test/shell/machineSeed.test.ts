import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type MachineScriptName,
  MEMORY_DIRECTORY,
  machineScript,
} from "../../components/nodes/machineScripts";
import { SEED } from "../../components/nodes/seedManifest";
import { Sandbox, shells } from "../support/shells";

const digest = (text: string) => createHash("sha256").update(text).digest("hex");
const manifest = '{"kind":"Pod"}\n';

describe.each(shells)("scripts for a member's seed under $name", (shell) => {
  let sandbox: Sandbox;
  const at = (...path: string[]) => join(sandbox.directory, ...path);
  const wanted = () => at("manifests", `${SEED}.yaml`);
  const text = () => at("memory", `${SEED}.yaml`);
  const log = () => at("pods", `kube-system_${SEED}-1_node_uid`, SEED, "0.log");
  const run = (name: MachineScriptName, argv: readonly string[] = [], input = "") => {
    const names = { manifests: at("manifests"), state: at("state") };
    const script = machineScript(names, name, ...argv)
      .text.replaceAll(MEMORY_DIRECTORY, at("memory"))
      .replaceAll("/var/log/pods", at("pods"));
    return sandbox.run(script, argv, { input });
  };
  const start = (judged = "-") =>
    run("start-seed", [at("data", "member.seed-r1"), digest(manifest), judged], manifest);
  const said = () =>
    run("seed", [at("data")])
      .stdout.split("\n")
      .filter((line) => line !== "");
  /** The kubelet's part. */
  const runs = (does: boolean) => writeFileSync(at("tasks"), does ? "sss 1 RUNNING\n" : "sss 1 STOPPED\n");

  beforeEach(() => {
    sandbox = new Sandbox(shell);
    for (const name of ["manifests", "state", "data", "data/member.seed-r1"]) mkdirSync(at(name));
    mkdirSync(join(log(), ".."), { recursive: true });
    sandbox.stub(
      "ctr",
      `case "$*" in
        *tasks\\ list*) cat "${at("tasks")}" ;;
        *tasks\\ kill*) echo "$*" >> "${at("killed")}"; echo > "${at("tasks")}" ;;
        *containers\\ list*==${SEED},*) echo sss ;;
      esac`,
    );
    runs(false);
    // util-linux is on every machine; Debian's busybox has no flock
    sandbox.stub("flock", 'exec /usr/bin/flock "$@"');
  });
  afterEach(() => sandbox.dispose());

  it("start-seed: the kubelet reads it from memory, for root alone; twice as once", () => {
    for (const _ of [1, 2]) {
      expect(start()).toMatchObject({ code: 0, stdout: "started\n" });
      expect(readlinkSync(wanted())).toBe(text());
      expect(readFileSync(wanted(), "utf8")).toBe(manifest);
      expect(statSync(at("memory")).mode & 0o777).toBe(0o700);
    }
    expect(said()).toEqual(["there"]);
  });

  it("start-seed: starts nothing that arrived cut, nor where no directory is made for it", () => {
    const argv = [at("data", "member.seed-r1"), digest(manifest), "-"];
    expect(run("start-seed", argv, manifest.slice(0, 5))).toMatchObject({ code: 75 });
    rmSync(at("data", "member.seed-r1"), { recursive: true });
    const { code, stderr } = start();
    expect(code).toBe(1);
    expect(stderr).toContain("member.seed-r1 is not there: the member is not held");
    expect(existsSync(wanted())).toBe(false);
    expect(existsSync(text())).toBe(false);
  });

  it("start-seed: starts nothing under another ledger than the one that was judged", () => {
    const ledger = at("state", "ledger.json");
    writeFileSync(ledger, "quiesced");
    expect(start(digest("quiesced"))).toMatchObject({ code: 0 });
    run("end-seed", ["15"]);
    writeFileSync(ledger, "undoing");
    expect(start(digest("quiesced"))).toMatchObject({ code: 79, stderr: "the ledger has moved\n" });
    expect(existsSync(wanted())).toBe(false);
  });

  it("start-seed: after the machine was started anew, over the name that leads nowhere", () => {
    symlinkSync(text(), wanted());
    expect(said()).toEqual([]);
    expect(start()).toMatchObject({ code: 0 });
    expect(said()).toEqual(["there"]);
  });

  it("seed: ended when it has said something and runs no more; an earlier try's log says nothing", () => {
    writeFileSync(log(), "of before\n");
    utimesSync(log(), 1000, 1000);
    start();
    expect(said()).toEqual(["there"]);
    runs(true);
    const later = new Date(Date.now() + 2000);
    writeFileSync(log(), "");
    utimesSync(log(), later, later);
    expect(said()).toEqual(["there"]);
    writeFileSync(log(), "its first word\n");
    utimesSync(log(), later, later);
    expect(said()).toEqual(["there"]);
    runs(false);
    expect(said()).toEqual(["there", "ended"]);
  });

  it("seed: which of the member's databases a process has open, whatever they are called", () => {
    const held = ["member/snap", "member.pre-r1/snap", "member.seed-r1/member/snap"];
    for (const path of held) {
      mkdirSync(at("data", path), { recursive: true });
      writeFileSync(at("data", path, "db"), "");
    }
    expect(said()).toEqual([]);
    sandbox.stub("flock", 'case "$*" in *pre-r1*|*seed-r1*) exit 1 ;; *) exec /usr/bin/flock "$@" ;; esac');
    expect(said()).toEqual(held.slice(1).map((path) => `locked ${at("data", path, "db")}`));
  });

  it("seed: fails where the runtime does not answer", () => {
    start();
    sandbox.stub("ctr", "exit 1");
    expect(run("seed", [at("data")])).toMatchObject({ code: 1, stdout: "there\n" });
  });

  it("end-seed: takes its manifest away, and waits until the kubelet has ended it; twice as once", () => {
    start();
    for (const _ of [1, 2]) {
      expect(run("end-seed", ["15"])).toMatchObject({ code: 0, stdout: "ended\n" });
      expect(() => lstatSync(wanted())).toThrow("ENOENT");
      expect(existsSync(text())).toBe(false);
    }
    expect(existsSync(at("killed"))).toBe(false);
  });

  it("end-seed: ends what no kubelet ends", () => {
    start();
    runs(true);
    expect(run("end-seed", ["0"])).toMatchObject({ code: 0, stdout: "ended\n" });
    expect(readFileSync(at("killed"), "utf8")).toContain("kill -s SIGKILL sss");
  });

  it("clean: takes a seed away that was left", () => {
    start();
    expect(run("clean")).toMatchObject({ code: 0, stdout: "clean\n" });
    expect(() => lstatSync(wanted())).toThrow("ENOENT");
    expect(existsSync(at("memory"))).toBe(false);
  });
});
