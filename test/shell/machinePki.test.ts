import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
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
import { Sandbox, shells } from "../support/shells";

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

describe.each(shells)("keys of a machine under $name", (shell) => {
  let sandbox: Sandbox;
  let kubernetes: string;
  let kubelet: string;
  let tar: Buffer;
  let parts: string[];
  const run = (name: MachineScriptName, argv: readonly string[], input?: Buffer) => {
    const places = { manifests: join(kubernetes, "manifests"), state: join(kubernetes, "etcd-recovery") };
    return sandbox.run(machineScript(places, name, ...argv).text, argv, input === undefined ? {} : { input });
  };
  const stage = (id = "r1", bytes = tar) =>
    run("pki-stage", [id, String(tar.length), sha256(tar), ...parts], bytes);
  const swap = (id = "r1") => run("pki-swap", [id, sha256(tar)]);
  /** Names, modes, owners and contents of all parts, and times of files; busybox's tar keeps none of directories and links. */
  const all = () =>
    execFileSync(
      "sh",
      [
        "-c",
        'for p; do [ ! -e "$p" ] || find "$p" -type f -printf "%p %Ts\\n" -o -printf "" ; [ ! -e "$p" ] || find "$p" -printf "%p %m %U:%G %y %l\\n"; done | sort; find "$@" -type f -exec sha256sum {} + 2>/dev/null | sort || true',
        "sh",
        ...parts,
      ],
      { encoding: "utf8" },
    );
  const state = () => join(kubernetes, "etcd-recovery", "pki", "r1");

  beforeEach(() => {
    sandbox = new Sandbox(shell);
    kubernetes = join(sandbox.directory, "kubernetes");
    kubelet = join(sandbox.directory, "kubelet");
    mkdirSync(join(kubernetes, "pki", "etcd"), { recursive: true });
    mkdirSync(join(kubelet, "pki"), { recursive: true });
    mkdirSync(join(kubernetes, "manifests"));
    const files: readonly [string, number][] = [
      [join(kubernetes, "pki", "ca.key"), 0o600],
      [join(kubernetes, "pki", "etcd", "ca.crt"), 0o644],
      [join(kubernetes, "admin.conf"), 0o640],
      [join(kubelet, "pki", "client.pem"), 0o600],
    ];
    for (const [path, mode] of files) {
      writeFileSync(path, `of the backup: ${path}`);
      chmodSync(path, mode);
      utimesSync(path, 1_700_000_000, 1_700_000_000);
    }
    symlinkSync("ca.key", join(kubernetes, "pki", "link"));
    chmodSync(join(kubernetes, "pki", "etcd"), 0o750);
    parts = [join(kubernetes, "pki"), join(kubernetes, "admin.conf"), join(kubelet, "pki")];
    tar = execFileSync("tar", ["-cf", "-", "--numeric-owner", ...parts.map((path) => path.slice(1))], {
      cwd: "/",
    });
    // util-linux is on every machine; Debian's busybox has no flock
    sandbox.stub("flock", 'exec /usr/bin/flock "$@"');
  });
  afterEach(() => sandbox.dispose());

  /** What the machine has now: one part is gone, one is another, one is as in the backup. */
  const damage = () => {
    rmSync(join(kubernetes, "pki"), { recursive: true });
    writeFileSync(join(kubernetes, "admin.conf"), "another");
  };

  it("are staged for root alone, and only what was announced; twice as once; nothing of the machine's is changed", () => {
    damage();
    const before = all();
    expect(stage("r1", tar.subarray(0, 700))).toMatchObject({ code: 75, stdout: "" });
    const other = Buffer.from(tar);
    other.write("x", 600);
    expect(stage("r1", other)).toMatchObject({ code: 75 });
    expect(run("pki-staged", ["r1"]).stdout).toBe("");
    for (const _ of [1, 2])
      expect(stage()).toEqual({
        ...{ code: 0, stderr: "" },
        stdout: `sha256 ${sha256(tar)}\ndiffers ${parts[0]}\ndiffers ${parts[1]}\n`,
      });
    expect(run("pki-staged", ["r1"]).stdout).toBe(`sha256 ${sha256(tar)}\n`);
    expect(all()).toBe(before);
    expect(statSync(join(kubernetes, "etcd-recovery")).mode & 0o777).toBe(0o700);
    expect(statSync(join(kubelet, ".etcd-recovery", "r1")).mode & 0o777).toBe(0o700);
    expect(existsSync(join(state(), "bundle.tar"))).toBe(false);
    expect(run("pki-clear", ["r1"])).toMatchObject({ code: 0 });
    expect(existsSync(state()) || existsSync(join(kubelet, ".etcd-recovery"))).toBe(false);
  });

  it("are swapped with modes, owners and times, put back whole, and never swapped after that", () => {
    const backup = all();
    damage();
    const before = all();
    expect(swap()).toMatchObject({ code: 1, stderr: expect.stringContaining("no keys are staged") });
    stage();
    expect(run("pki-swap", ["r1", "a".repeat(64)]).stderr).toContain("not those that the ledger names");
    expect(all()).toBe(before);
    for (const _ of [1, 2]) {
      expect(swap()).toMatchObject({ code: 0, stdout: `swapped ${parts[0]}\nswapped ${parts[1]}\n` });
      expect(all()).toBe(backup);
    }
    expect(readFileSync(join(state(), "old", kubernetes, "admin.conf"), "utf8")).toBe("another");
    expect(stage()).toMatchObject({ code: 0, stdout: `sha256 ${sha256(tar)}\n` });
    const returned = parts.slice(0, 2).map((part) => `returned ${part}\n`);
    for (const said of [`${returned.join("")}undone\n`, "undone\n"]) {
      expect(run("pki-unswap", ["r1"])).toMatchObject({ code: 0, stdout: said });
      expect(all()).toBe(before);
    }
    for (const late of [swap(), stage()])
      expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining("was undone") });
    expect(all()).toBe(before);
    expect(run("pki-finalize", ["r1"])).toMatchObject({ code: 0, stdout: "removed\n" });
    expect(existsSync(state())).toBe(false);
    expect(all()).toBe(before);
  });

  // This busybox takes its own mv before any stub.
  const interrupted = shell.name === "dash" ? it : () => undefined;

  interrupted("go on after an end at any rename, forward and back", { timeout: 60_000 }, () => {
    const backup = all();
    damage();
    const before = all();
    const count = join(sandbox.directory, "count");
    /** Ends the script before, or right after, its nth rename. */
    const ending = (n: number, when: "before" | "after") => {
      writeFileSync(count, "0");
      sandbox.stub(
        "mv",
        `n=$(($(cat "${count}") + 1)); echo $n > "${count}"
         [ $n != ${n} ] || [ ${when} = after ] || kill -9 $PPID
         /bin/mv "$@"
         [ $n != ${n} ] || kill -9 $PPID`,
      );
    };
    const never = () => sandbox.stub("mv", 'exec /bin/mv "$@"');
    let ends = 0;
    for (const when of ["before", "after"] as const) {
      for (let n = 1; ; n += 1) {
        const id = `r${when}${n}`;
        stage(id);
        ending(n, when);
        const cut = swap(id).code !== 0;
        never();
        expect(swap(id)).toMatchObject({ code: 0 });
        expect(all(), `${id} forward`).toBe(backup);
        ending(n, when);
        const cutBack = run("pki-unswap", [id]).code !== 0;
        never();
        expect(run("pki-unswap", [id])).toMatchObject({ code: 0 });
        expect(all(), `${id} back`).toBe(before);
        if (!cut && !cutBack) break;
        ends += 1;
      }
    }
    expect(ends).toBeGreaterThan(8);
  });

  it("of before a swap are given whole, and put back by a restore of their own; the same bytes each time", () => {
    damage();
    rmSync(join(kubernetes, "admin.conf"));
    const since = join(kubernetes, "pki", "since");
    mkdirSync(join(kubernetes, "pki"));
    writeFileSync(since, "made since the backup", { mode: 0o640 });
    const before = all();
    stage();
    const former = () => {
      const out = join(sandbox.directory, "former.tar");
      const script = machineScript(
        { manifests: join(kubernetes, "manifests"), state: join(kubernetes, "etcd-recovery") },
        "pki-former",
      ).text.replaceAll(MEMORY_DIRECTORY, join(sandbox.directory, "memory"));
      const ran = sandbox.run(`{ ${script}\n} > '${out}'`, ["r1", join(kubelet, "pki")]);
      return { ...ran, tar: readFileSync(out) };
    };
    expect(former()).toMatchObject({ code: 1, stderr: expect.stringContaining("has swapped no keys") });
    swap();
    const [given, again] = [former(), former()];
    expect(given).toMatchObject({ code: 0, stderr: "" });
    expect(again.tar.equals(given.tar)).toBe(true);
    expect(readdirSync(join(sandbox.directory, "memory"))).toEqual([]);
    const names = execFileSync("tar", ["-tf", "-"], { input: given.tar, encoding: "utf8" }).split("\n");
    expect(names).toContain(since.slice(1));
    // There was none, and what was not swapped is as it is.
    expect(names.join()).not.toContain("admin.conf");
    expect(names).toContain(`${join(kubelet, "pki", "client.pem").slice(1)}`);
    const own = [join(kubernetes, "pki"), join(kubelet, "pki")];
    const digest = sha256(given.tar);
    expect(run("pki-stage", ["r2", String(given.tar.length), digest, ...own], given.tar).stdout).toBe(
      `sha256 ${digest}\ndiffers ${own[0]}\n`,
    );
    expect(run("pki-swap", ["r2", digest])).toMatchObject({ code: 0, stdout: `swapped ${own[0]}\n` });
    const of = (text: string) => text.split("\n").filter((line) => !line.includes("admin.conf"));
    expect(of(all())).toEqual(of(before));
    run("pki-unswap", ["r1"]);
    expect(former()).toMatchObject({ code: 1 });
  });

  it("that appeared meanwhile are not overwritten; what is put aside stays while there is nothing else", () => {
    damage();
    stage();
    swap();
    rmSync(join(kubernetes, "pki"), { recursive: true });
    expect(run("pki-finalize", ["r1"])).toMatchObject({
      ...{ code: 1, stderr: expect.stringContaining("may be all that there is") },
    });
    expect(existsSync(join(state(), "old"))).toBe(true);
  });

  it("are looked at without a key: parts that are there, absent or links, and certificates", () => {
    writeFileSync(
      join(kubernetes, "pki", "a.crt"),
      "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n",
    );
    const current = join(kubelet, "pki", "kubelet-client-current.pem");
    writeFileSync(
      current,
      "-----BEGIN CERTIFICATE-----\nB\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nSECRET\n",
    );
    const link = join(sandbox.directory, "linked");
    symlinkSync(kubelet, link);
    const { code, stdout } = run("pki-look", [...parts, link, "/nowhere/at/all"]);
    expect(code).toBe(0);
    const lines = stdout.trim().split("\n");
    expect(lines[0]).toBe("missing");
    expect(lines).toContain(`part ${parts[0]} there`);
    expect(lines).toContain(`part ${link} link`);
    expect(lines).toContain("part /nowhere/at/all absent");
    const texts = lines
      .filter((line) => line.startsWith("certificate"))
      .map((line) => Buffer.from(line.split(" ").at(-1) ?? "", "base64").toString());
    expect(texts).toContainEqual(expect.stringContaining("\nA\n"));
    expect(texts).toContainEqual(expect.stringContaining("\nB\n"));
    expect(texts.join("")).not.toContain("SECRET");
  });
});
