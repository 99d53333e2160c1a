import { describe, expect, it } from "vitest";
import { withHostKeys } from "../../../automation/machines/hostKeysFile";
import { RefusedError } from "../../../components/errors";

const a = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGHnipMRH9";
const b = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOther0000";
const text = (own: string, hop: string) => `# kept
config:
  "my-project:machines":
    # first
    - name: cp-1${own}
    - name: cp-2 # second
  my-project:ssh:
    jump:
      host: j${hop}
`;
const keys = {
  machines: new Map([
    ["cp-1", a],
    ["cp-2", b],
  ]),
  jump: a,
};

describe("host keys in a stack's file", () => {
  it("are written where they are absent or empty; everything else stays", () => {
    const { text: after, written } = withHostKeys(text('\n      hostKey: ""', ""), "f", keys);
    expect(written).toEqual(["cp-1", "cp-2", "ssh.jump"]);
    expect(after).toBe(`# kept
config:
  "my-project:machines":
    # first
    - name: cp-1
      hostKey: "${a}"
    - name: cp-2 # second
      hostKey: ${b}
  my-project:ssh:
    jump:
      host: j
      hostKey: ${a}
`);
  });

  it("that are there already stay as they are written, comments of keys too", () => {
    const before = text(`\n      hostKey: ${a} root@cp-1`, `\n      hostKey: '${a}'`);
    const { text: after, written } = withHostKeys(before, "f", keys);
    expect(written).toEqual(["cp-2"]);
    expect(after).toContain(`hostKey: ${a} root@cp-1`);
    expect(withHostKeys(after, "f", keys)).toEqual({ text: after, written: [] });
  });

  it.each([
    [
      "a machine's",
      text(`\n      hostKey: ${b}`, ""),
      /of cp-1 by now, which showed SHA256:\S+: nothing was written/,
    ],
    ["the jump host's", text("", `\n      hostKey: ${b}`), /of ssh\.jump by now/],
  ])("are never replaced: %s", (_, before, sentence) => {
    const act = () => withHostKeys(before, "f", keys);
    expect(act).toThrow(RefusedError);
    expect(act).toThrow(sentence);
  });

  it("are written into a file without a stack, in JSON too", () => {
    const plain = '{ "machines": [{ "name": "cp-1" }], "ssh": {} }';
    const { text: after } = withHostKeys(plain, "f", keys);
    expect(JSON.parse(after)).toEqual({ machines: [{ name: "cp-1", hostKey: a }], ssh: {} });
  });
});
