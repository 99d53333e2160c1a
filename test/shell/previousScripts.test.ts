import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { utilityScript, type utilityScripts } from "../../components/restore/restoreScripts";
import { Sandbox, shells } from "../support/shells";

const from = "night-1";
const id = "back-1";
const content = "what was put aside";
const digest = createHash("sha256").update(content).digest("hex");

describe.each(shells)("previous data, scripts under $name", (shell) => {
  let sandbox: Sandbox;
  let data: string;
  const aside = (restore = from) => join(data, `member.pre-${restore}`);
  const run = (name: (typeof utilityScripts)[number], argv: string[] = [], input = "") =>
    sandbox.run(utilityScript(name), [id, ...argv], {
      env: { DATA_DIRECTORY: data, LOCK_SECONDS: "1" },
      input,
    });
  const directoryWith = (directory: string, text: string) => {
    mkdirSync(join(directory, "snap"), { recursive: true });
    mkdirSync(join(directory, "wal"), { recursive: true });
    writeFileSync(join(directory, "snap", "db"), text);
    writeFileSync(join(directory, "wal", "0-0.wal"), "log");
    utimesSync(join(directory, "wal", "0-0.wal"), 1_000_000, 1_000_000);
  };
  const tree = () => readdirSync(data, { recursive: true }).map(String).sort();
  const status = (body: string) => sandbox.stub("etcdutl", body);

  beforeEach(() => {
    sandbox = new Sandbox(shell);
    data = join(sandbox.directory, "data with space");
    mkdirSync(data);
    directoryWith(join(data, "member"), "live");
    directoryWith(aside(), content);
    status(`echo '{"hash":1,"revision":57,"totalKey":60,"totalSize":20480}'`);
  });
  afterEach(() => sandbox.dispose());

  it("says what was put aside, and changes nothing", () => {
    const before = tree();
    const { code, stdout, stderr } = run("previous", [from]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(
      new RegExp(
        `^previous kept\nsize ${content.length}\nsha256 ${digest}\nowner \\d+:\\d+\nrevision 57\nwal older\n$`,
      ),
    );
    expect(tree()).toEqual(before);
  });

  it("tells a log that was written after the database, by fractions of a second", () => {
    utimesSync(join(aside(), "snap", "db"), 2_000_000.25, 2_000_000.25);
    utimesSync(join(aside(), "wal", "0-0.wal"), 2_000_000.5, 2_000_000.5);
    expect(run("previous", [from]).stdout).toContain("wal newer\n");
  });

  it.each([
    ["nothing there", () => run("previous", ["other"]), "previous none\n"],
    [
      "a tool that refuses the file",
      () => {
        status('echo "Error: invalid database" >&2; exit 1');
        return run("previous", [from]);
      },
      "previous damaged\nproblem Error: invalid database\n",
    ],
    [
      "a tool that crashes on the file",
      () => {
        status(
          `printf 'unexpected fault address 0x7f\nfatal error: fault\n\ngoroutine 1 [running]:\n' >&2; exit 2`,
        );
        return run("previous", [from]);
      },
      "previous damaged\nproblem unexpected fault address 0x7f\n",
    ],
    [
      "a database without revisions",
      () => {
        status(`echo '{"hash":1,"revision":0,"totalKey":0,"totalSize":0}'`);
        return run("previous", [from]);
      },
      "previous damaged\nproblem no etcd data in it\n",
    ],
    [
      "a directory without a database",
      () => {
        sandbox.run('rm "$1/snap/db"', [aside()]);
        return run("previous", [from]);
      },
      "previous damaged\nproblem ",
    ],
  ])("takes for no copy: %s", (_, ask, answer) => {
    const { code, stdout } = ask();
    expect(code).toBe(0);
    expect(stdout).toContain(answer);
  });

  it("asks etcdctl where the image has no etcdutl", () => {
    sandbox.run('rm "$1/stubs/etcdutl"', [sandbox.directory]);
    sandbox.stub("etcdctl", `[ "$ETCDCTL_API $1 $2" = "3 snapshot status" ] && echo '{"revision": 58}'`);
    expect(run("previous", [from]).stdout).toContain("revision 58\n");
  });

  it.each(["none", "gzip"])("gives a copy to another volume (%s)", (codec) => {
    const sent = join(sandbox.directory, "sent");
    const script = `/bin/${shell.argv.join(" ")} -c "$SEND" send "$1" "$2" "$3" > "$4"`;
    const env = { DATA_DIRECTORY: data, SEND: utilityScript("send-previous") };
    expect(sandbox.run(script, [id, from, codec, sent], { env }).code).toBe(0);
    sandbox.run('rm -r "$1"', [aside()]);
    const received = sandbox.run(
      `/bin/${shell.argv.join(" ")} -c "$RECEIVE" receive "$1" "$2" "$3" "$4" < "$5"`,
      [id, String(content.length), digest, codec, sent],
      { env: { DATA_DIRECTORY: data, RECEIVE: utilityScript("receive") } },
    );
    expect(received).toMatchObject({ code: 0, stdout: `sha256 ${digest}\n` });
    expect(readFileSync(join(data, ".etcd-recovery", id, "snapshot.db"), "utf8")).toBe(content);
  });

  it("takes its own volume's copy, once, and only the announced one", () => {
    const copy = (announced: string) =>
      run("copy-previous", [from, String(content.length), announced, "none"]);
    expect(copy("ab".repeat(32))).toMatchObject({ code: 75 });
    for (const _ of [1, 2]) expect(copy(digest)).toMatchObject({ code: 0, stdout: `sha256 ${digest}\n` });
    expect(readFileSync(join(data, ".etcd-recovery", id, "snapshot.db"), "utf8")).toBe(content);
    expect(existsSync(aside())).toBe(true);
    expect(run("copy-previous", ["other", "1", digest, "none"]).stderr).toContain("put no database aside");
  });

  it("row 12: removes what that one restore put aside, only when it is told to, and nothing else", () => {
    directoryWith(aside("night-2"), "of another restore");
    const marks = join(data, ".etcd-recovery", from);
    mkdirSync(join(marks, "undone-data"), { recursive: true });
    writeFileSync(join(marks, "over"), "");
    writeFileSync(join(marks, "snapshot.db.part"), "left over");
    const { code, stdout } = run("finalize", [from]);
    expect(code).toBe(0);
    expect(Number(stdout.replace("freed ", ""))).toBeGreaterThan(content.length);
    expect(readdirSync(data).sort()).toEqual([".etcd-recovery", "member", "member.pre-night-2"]);
    expect(readdirSync(marks)).toEqual(["over"]);
    expect(readFileSync(join(data, "member", "snap", "db"), "utf8")).toBe("live");
    expect(run("finalize", [from])).toMatchObject({ code: 0, stdout: "freed 0\n" });
  });

  it("goes on where a removal was killed", () => {
    mkdirSync(join(data, ".etcd-recovery", from), { recursive: true });
    sandbox.run('mv "$1" "$2/removed"', [aside(), join(data, ".etcd-recovery", from)]);
    expect(run("finalize", [from]).code).toBe(0);
    expect(existsSync(join(data, ".etcd-recovery", from))).toBe(false);
  });

  it.each(["", "../member", ".etcd-recovery"])("removes nothing for '%s', which is no id", (strange) => {
    const before = tree().filter((name) => !name.startsWith(".etcd-recovery"));
    expect(run("finalize", [strange])).toMatchObject({ code: 1 });
    expect(tree().filter((name) => !name.startsWith(".etcd-recovery"))).toEqual(before);
  });

  it("keeps what was put aside where there is no other data", () => {
    sandbox.run('rm -r "$1/member"', [data]);
    expect(run("finalize", [from]).stderr).toContain("may be all that there is");
    expect(existsSync(aside())).toBe(true);
  });
});
