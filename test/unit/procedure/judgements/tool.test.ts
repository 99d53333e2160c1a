import { describe, expect, it } from "vitest";
import {
  imageUnfit,
  judgeGivenTool,
  judgeImageTool,
  type ToolDemands,
  toolRemedy,
} from "../../../../components/procedure/judgements/tool";

const usual: ToolDemands = { snapshotVersion: "3.5.0", serverVersion: "3.5.30" };
const none: ToolDemands = { snapshotVersion: undefined, serverVersion: undefined };

describe("the tool that restores", () => {
  it.each<[string, string, ToolDemands]>([
    ["etcdutl", "3.5.30", usual],
    ["etcdutl", "3.6.14", usual],
    ["etcdutl", "3.6.14", { serverVersion: "3.4.23", snapshotVersion: "3.4.0" }],
    ["etcdctl", "3.4.27", { ...usual, snapshotVersion: "3.4.0" }],
    ["etcdutl", "unknown", usual],
    ["etcdutl", "3.5.30", none],
  ])("of the image: %s %s", (tool, version, demands) => {
    expect(imageUnfit({ tool, version }, demands)).toBeUndefined();
  });

  it.each<[string, string, string, ToolDemands, RegExp]>([
    ["cannot bump", "none", "unknown", usual, /^it has neither etcdutl >= 3.5.10 nor etcdctl >= 3.4.27/],
    [
      "is older than the snapshot",
      "etcdctl",
      "3.4.27",
      usual,
      /^its etcdctl .* it is 3.4.27, older than the snapshot \(3.5.0\)$/,
    ],
    [
      "is two minors older than the server",
      "etcdctl",
      "3.4.27",
      { ...none, serverVersion: "3.6.1" },
      /more than one minor older than the server \(3.6.1\)$/,
    ],
  ])("is refused when it %s, and the remedy names a way", (_, tool, version, demands, sentence) => {
    const unfit = imageUnfit({ tool, version }, demands);
    expect(unfit).toMatch(sentence);
    const refusal = judgeImageTool("example/util:1", unfit, toolRemedy("3.5.30", undefined));
    expect(refusal?.kind).toBe("refused");
    expect(refusal?.message).toBe(`utilityImage: example/util:1: ${unfit}`);
    expect(refusal?.remedy).toMatch(
      /^Give a static etcdutl of the server's version \(3.5.30\): pulumi config set --path restore.etcdutl PATH /,
    );
  });

  it("names an etcdutl on this machine's PATH", () => {
    expect(toolRemedy(undefined, "/usr/bin/etcdutl")).toContain("restore.etcdutl /usr/bin/etcdutl ");
  });

  it("judges a given one", () => {
    const judge = (tool: string | undefined, version: string) =>
      judgeGivenTool("/e", { tool, version }, usual);
    expect(judge("/work/etcdutl", "3.6.14")).toBeUndefined();
    expect(judge(undefined, "3.5.1")?.message).toBe("restore.etcdutl: /e (3.5.1) cannot bump the revision");
    expect(judge("/work/etcdutl", "3.4.27")?.message).toMatch(/^restore.etcdutl: \/e does not fit: /);
  });
});
