import { describe, expect, it } from "vitest";
import { FailedError } from "../../components/errors";
import {
  parseFreed,
  parsePrevious,
  parseReceived,
  parseSeeded,
  parseStaged,
  parseState,
  parseTool,
} from "../../components/member/memberAnswers";
import { memberCalls } from "../../components/member/memberCalls";
import { memberCommand } from "../../components/member/memberScripts";

const sha256 = "0f".repeat(32);
const copy = `size 5\nsha256 ${sha256}\nowner 0:0\n`;

describe("answers of member scripts", () => {
  it("are read into records", () => {
    const state = `tool none\ntool-version unknown\ncodec gzip\navailable 5\ntotal 9\n`;
    expect(parseState(`phase new\n${state}`)).toEqual({
      phase: "new",
      tool: "none",
      toolVersion: "unknown",
      codec: "gzip",
      available: 5,
      total: 9,
    });
    expect(parseState(`phase staged\nsha256 ${sha256}\nbump 9223372036854775807\n${state}`)).toMatchObject({
      sha256,
      bump: "9223372036854775807",
    });
    expect(parseStaged(`sha256 ${sha256}\ncluster c0ffee\nbump 1000\n`)).toEqual({
      sha256,
      cluster: "c0ffee",
      bump: "1000",
    });
    expect(parseReceived(`sha256 ${sha256}\n`)).toBe(sha256);
    expect(parseFreed("freed 4096\n")).toBe(4096);
    expect(parseSeeded("waiting\n")).toBe("waiting");
    expect(parseTool(`sha256 ${sha256}\ntool /d/etcdutl\ntool-version 3.6.1\n`)).toEqual({
      sha256,
      tool: "/d/etcdutl",
      version: "3.6.1",
    });
    expect(parseTool(`sha256 ${sha256}\ntool none\ntool-version 3.4.0\n`).tool).toBeUndefined();
  });

  it("of what was put aside say how far it is proven", () => {
    expect(parsePrevious("previous none\n")).toEqual({ previous: "none" });
    expect(parsePrevious("previous damaged\nproblem Error: bad page 7\n")).toEqual({
      previous: "damaged",
      problem: "Error: bad page 7",
    });
    expect(parsePrevious("previous damaged\nproblem \n")).toEqual({ previous: "damaged", problem: "" });
    expect(parsePrevious(`previous kept\n${copy}revision 57\nwal older\n`)).toEqual({
      ...{ previous: "kept", size: 5, sha256, owner: "0:0", revision: "57", wal: "older" },
    });
    const unproven = parsePrevious(`previous unproven\n${copy}revision \nwal newer\nproblem no tool\n`);
    expect(unproven).toMatchObject({ previous: "unproven", problem: "no tool" });
    expect(unproven).not.toHaveProperty("revision");
  });

  it.each<[string, () => unknown]>([
    ["an empty one", () => parseState("")],
    ["an unknown phase", () => parseState("phase lost\n")],
    ["a digest that is none", () => parseReceived("sha256 $(rm -rf /)\n")],
    ["an end in the middle of a line", () => parseReceived(`sha256 ${sha256.slice(1)}`)],
    ["a cluster that is no id", () => parseStaged(`sha256 ${sha256}\ncluster x;y\nbump 1\n`)],
    ["a kept copy without a revision", () => parsePrevious(`previous kept\n${copy}revision \nwal older\n`)],
    ["bytes that are no number", () => parseFreed("freed -1\n")],
    ["another word", () => parseSeeded("Error from server\n")],
  ])("that is %s is quoted, not used", (_, parse) => {
    expect(parse).toThrow(FailedError);
    expect(parse).toThrow(/^the member's script [a-z-]+ answered what it should not \(.+\): ./);
  });
});

describe("calls of member scripts", () => {
  it("become a command, with the Pods that live where they are known", () => {
    const call = memberCalls.finalize({ id: "f1", from: "r1" });
    expect(memberCommand(call)).toEqual(["/bin/sh", "/etcd-recovery/finalize.sh", "f1", "r1"]);
    expect(memberCommand(call, ["a", "b"], "/opt/x")).toEqual([
      ...["/bin/sh", "-c", 'LIVING_PODS=$1; export LIVING_PODS; shift; exec "$@"', "sh", "a b"],
      ...["/bin/sh", "/opt/x/finalize.sh", "f1", "r1"],
    ]);
  });

  it("leave out what is not known", () => {
    const receive = { id: "r1", bytes: 5, sha256, codec: "zstd" } as const;
    expect(memberCalls.receive(receive).argv).toEqual(["r1", "5", sha256, "zstd"]);
    expect(memberCalls.receive({ ...receive, end: "ee" }).argv).toEqual(["r1", "5", sha256, "zstd", "ee"]);
    expect(memberCalls.main("r1").argv).toEqual(["r1"]);
    expect(memberCalls.main("r1", "revived").argv).toEqual(["r1", "revived"]);
  });
});
