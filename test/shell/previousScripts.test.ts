import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parsePrevious, parseTool } from "../../components/member/memberAnswers";
import { memberCalls } from "../../components/member/memberCalls";
import type { MemberCall } from "../../components/member/memberScripts";
import { MemberVolume } from "../support/memberVolume";
import { shells } from "../support/shells";
import { sha256 } from "../support/stagingVolume";

const from = "night-1";
const id = "back-1";
const content = "what was put aside";
const digest = sha256(content);

describe.each(shells)("previous data, scripts under $name", (shell) => {
  let volume: MemberVolume;
  let data: string;
  const aside = (restore = from) => join(data, `member.pre-${restore}`);
  const directoryWith = (directory: string, text: string | Buffer) => {
    volume.fill(text, directory);
    utimesSync(join(directory, "wal", "0-0.wal"), 1_000_000, 1_000_000);
  };
  const tree = () => volume.tree();
  const previous = (restore = from) => volume.run(memberCalls.previous({ id, from: restore }));
  const finalize = (restore = from) => volume.run(memberCalls.finalize({ id, from: restore }));
  const status = (body: string) => volume.sandbox.stub("etcdutl", body);

  beforeEach(() => {
    volume = new MemberVolume(shell, id);
    data = volume.data;
    directoryWith(join(data, "member"), "live");
    directoryWith(aside(), content);
    status(`echo '{"hash":1,"revision":57,"totalKey":60,"totalSize":20480}'`);
  });
  afterEach(() => volume.dispose());

  it("says what was put aside, and changes nothing", () => {
    const before = tree();
    const { code, stdout, stderr } = previous();
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
    expect(previous().stdout).toContain("wal newer\n");
  });

  it.each([
    ["nothing there", () => previous("other"), "previous none\n"],
    [
      "a tool that refuses the file",
      () => {
        status('echo "Error: invalid database" >&2; exit 1');
        return previous();
      },
      "previous damaged\nproblem Error: invalid database\n",
    ],
    [
      "a tool that crashes on the file",
      () => {
        status(
          `printf 'unexpected fault address 0x7f\nfatal error: fault\n\ngoroutine 1 [running]:\n' >&2; exit 2`,
        );
        return previous();
      },
      "previous damaged\nproblem unexpected fault address 0x7f\n",
    ],
    [
      "a database without revisions",
      () => {
        status(`echo '{"hash":1,"revision":0,"totalKey":0,"totalSize":0}'`);
        return previous();
      },
      "previous damaged\nproblem no etcd data in it\n",
    ],
    [
      "a directory without a database",
      () => {
        rmSync(join(aside(), "snap", "db"));
        return previous();
      },
      "previous damaged\nproblem ",
    ],
  ])("takes for no copy: %s", (_, ask, answer) => {
    const { code, stdout } = ask();
    expect(code).toBe(0);
    expect(stdout).toContain(answer);
  });

  it("asks etcdctl where the image has no etcdutl", () => {
    rmSync(join(volume.sandbox.directory, "stubs", "etcdutl"));
    volume.sandbox.stub(
      "etcdctl",
      `[ "$ETCDCTL_API $1 $2" = "3 snapshot status" ] && echo '{"revision": 58}'`,
    );
    expect(previous().stdout).toContain("revision 58\n");
  });

  it.each(["none", "gzip"] as const)("gives a copy to another volume (%s)", (codec) => {
    const command = ({ script, argv }: MemberCall) =>
      `/bin/${shell.argv.join(" ")} "$1/${script}.sh" ${argv.join(" ")}`;
    const announced = { id: "back-2", bytes: content.length, sha256: digest, codec };
    const send = command(memberCalls.sendPrevious({ id, from, codec }));
    const piped = `${send} | ${command(memberCalls.receive(announced))}`;
    const env = { DATA_DIRECTORY: data };
    const received = volume.sandbox.run(piped, [volume.scripts], { env });
    expect(received).toMatchObject({ code: 0, stdout: `sha256 ${digest}\n`, stderr: "" });
    expect(readFileSync(join(data, ".etcd-recovery", "back-2", "snapshot.db"), "utf8")).toBe(content);
  });

  it("takes its own volume's copy, once, and only the announced one", () => {
    const copy = (announced: string, restore = from) =>
      volume.run(memberCalls.copyPrevious({ id, from: restore, bytes: content.length, sha256: announced }));
    expect(copy("ab".repeat(32))).toMatchObject({ code: 75 });
    for (const _ of [1, 2]) expect(copy(digest)).toMatchObject({ code: 0, stdout: `sha256 ${digest}\n` });
    expect(readFileSync(join(volume.work, "snapshot.db"), "utf8")).toBe(content);
    expect(existsSync(aside())).toBe(true);
    expect(copy(digest, "other").stderr).toContain("put no database aside");
  });

  it("row 12: removes what that one restore put aside, only when it is told to, and nothing else", () => {
    directoryWith(aside("night-2"), "of another restore");
    const marks = join(data, ".etcd-recovery", from);
    mkdirSync(join(marks, "undone-data"), { recursive: true });
    writeFileSync(join(marks, "over"), "");
    writeFileSync(join(marks, "snapshot.db.part"), "left over");
    const { code, stdout } = finalize();
    expect(code).toBe(0);
    expect(Number(stdout.replace("freed ", ""))).toBeGreaterThan(content.length);
    expect(readdirSync(data).sort()).toEqual([".etcd-recovery", "member", "member.pre-night-2"]);
    expect(readdirSync(marks)).toEqual(["over"]);
    expect(readFileSync(join(data, "member", "snap", "db"), "utf8")).toBe("live");
    expect(finalize()).toMatchObject({ code: 0, stdout: "freed 0\n" });
  });

  it("goes on where a removal was killed", () => {
    mkdirSync(join(data, ".etcd-recovery", from), { recursive: true });
    volume.sh('mv "$1" "$2/removed"', aside(), join(data, ".etcd-recovery", from));
    expect(finalize().code).toBe(0);
    expect(existsSync(join(data, ".etcd-recovery", from))).toBe(false);
  });

  it.each(["", "../member", ".etcd-recovery"])("removes nothing for '%s', which is no id", (strange) => {
    const before = tree().filter((name) => !name.startsWith(".etcd-recovery"));
    expect(finalize(strange)).toMatchObject({ code: 1 });
    expect(tree().filter((name) => !name.startsWith(".etcd-recovery"))).toEqual(before);
  });

  it.each([
    ["there is no other data", () => rmSync(join(data, "member"), { recursive: true })],
    ["defect 17: the live database is empty", () => writeFileSync(join(data, "member", "snap", "db"), "")],
  ])("keeps what was put aside where %s", (_, spoil) => {
    spoil();
    expect(finalize()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("may be all that there is"),
    });
    expect(existsSync(aside())).toBe(true);
  });

  describe("without a tool that reads it", () => {
    /** As large as its meta pages count, and no more than those: what a shell can see of a database of etcd. */
    const database = (pages: number, counted = pages) => {
      const bytes = Buffer.alloc(pages * 4096);
      for (const [page, transaction] of [
        [0, 4n],
        [1, 5n],
      ] as const) {
        const meta = page * 4096 + 16;
        bytes.writeUInt32LE(0xed0cdaed, meta);
        bytes.writeUInt32LE(4096, meta + 8);
        bytes.writeBigUInt64LE(BigInt(counted), meta + 40);
        bytes.writeBigUInt64LE(transaction, meta + 48);
      }
      return bytes;
    };

    beforeEach(() => rmSync(join(volume.sandbox.directory, "stubs", "etcdutl")));

    it("defect 16: a good copy is not called damaged", () => {
      directoryWith(aside(), database(4));
      const { code, stdout } = previous();
      expect(code).toBe(0);
      expect(stdout).toMatch(
        new RegExp(
          `^previous unproven\nsize 16384\nsha256 ${sha256(database(4))}\nowner \\d+:\\d+\nrevision \nwal older\n` +
            "problem nothing here can read it: no etcdutl, no etcdctl before 3.6\n$",
        ),
      );
      expect(parsePrevious(stdout)).toMatchObject({ previous: "unproven", size: 16384 });
    });

    it("defect 16: nor is it where the image's etcdctl knows no status any more, prints its help, and ends with 0", () => {
      directoryWith(aside(), database(4));
      volume.sandbox.stub("etcdctl", "printf 'NAME:\\n  snapshot - Manages etcd node snapshots\\n'");
      expect(parsePrevious(previous().stdout).previous).toBe("unproven");
    });

    it("defect 16: nor is it where the image's tool cannot be run", () => {
      directoryWith(aside(), database(4));
      volume.sandbox.stub("etcdctl", "");
      writeFileSync(join(volume.sandbox.directory, "stubs", "etcdctl"), "#!/no/such/program\n");
      expect(parsePrevious(previous().stdout).previous).toBe("unproven");
    });

    it.each([
      ["cut short", () => database(4, 5), "it has 16384 bytes, its meta page counts 20480"],
      [
        "text",
        () => Buffer.alloc(16384, "Error from server\n"),
        "its first pages are not those of an etcd database",
      ],
      ["zeros", () => Buffer.alloc(16384), "its first pages are not those of an etcd database"],
      ["too small", () => Buffer.alloc(100), "its first pages are not those of an etcd database"],
    ])("a copy that a shell can see to be damaged is: %s", (_, bytes, problem) => {
      directoryWith(aside(), bytes());
      expect(parsePrevious(previous().stdout)).toEqual({ previous: "damaged", problem });
    });

    it("defect 16: is read with a given etcdutl, which may come before anything else", () => {
      const given = `#!/bin/sh\ncase $* in version) echo "etcdutl version: 3.6.14";; *--help) echo --bump-revision;;
        "snapshot status"*) echo '{"revision": 59}';; esac\n`;
      const brought = volume.run(
        memberCalls.receiveTool({ id, bytes: given.length, sha256: sha256(given) }),
        given,
      );
      expect(parseTool(brought.stdout).tool).toBe(join(volume.work, "etcdutl"));
      expect(parsePrevious(previous().stdout)).toMatchObject({
        previous: "kept",
        revision: "59",
        sha256: digest,
      });
    });
  });
});
