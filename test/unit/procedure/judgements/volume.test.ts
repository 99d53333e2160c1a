import { describe, expect, it } from "vitest";
import {
  judgeFixed,
  judgeFormerUse,
  judgeSpace,
  marginOf,
} from "../../../../components/procedure/judgements/volume";

const MIB = 2 ** 20;
const GIB = 2 ** 30;

describe("defect 17: a staging leaves the live volume room", () => {
  it.each<[string, number, number, number, boolean]>([
    ["plenty", 100 * MIB, 10 * GIB, 20 * GIB, true],
    ["the stream and the log fit, and nothing would be left", 100 * MIB, 264 * MIB, 2 * GIB, false],
    ["5 % of a small volume stay", 100 * MIB, 264 * MIB + Math.floor((2 * GIB) / 20), 2 * GIB, true],
    ["a byte less", 100 * MIB, 264 * MIB + Math.floor((2 * GIB) / 20) - 1, 2 * GIB, false],
    ["of a large volume a GiB is enough", 100 * MIB, 264 * MIB + GIB, 1000 * GIB, true],
    ["and a byte less is not", 100 * MIB, 264 * MIB + GIB - 1, 1000 * GIB, false],
  ])("%s", (_, size, available, total, fits) => {
    expect(judgeSpace("m-0", { size, available, total })?.code).toBe(fits ? undefined : "volume-full");
  });

  it("row 36: says the numbers", () => {
    const refusal = judgeSpace("m-0", { size: 2 ** 45, available: 5, total: 20 * GIB });
    expect(refusal?.kind).toBe("refused");
    expect(refusal?.message).toBe(
      `member m-0: its volume has 5 bytes free, staging needs 70368811286528, and ${GIB} must stay free for the etcd that serves from it`,
    );
    expect(marginOf(20 * GIB)).toBe(GIB);
  });
});

describe("a volume that was used under this id", () => {
  it.each(["new", "received", "staged"] as const)("%s is not", (phase) => {
    expect(judgeFormerUse("m-0", { phase }, "r1")).toBeUndefined();
  });
  it.each(["swapped", "undone", "over"] as const)("%s is refused", (phase) => {
    expect(judgeFormerUse("m-0", { phase }, "r1")).toMatchObject({
      kind: "refused",
      message: "restore.id: r1 was used before on the volume of m-0",
      remedy: "pulumi config set --path restore.id r1-2",
    });
  });
});

describe("live data that no rename puts aside as a whole", () => {
  it.each([
    ["mount /d/member/wal", "member m-0: /d/member/wal is a mount of its own: it stays", "umount"],
    ["link /d/a b/member", "member m-0: /d/a b/member is a link: what it leads to stays", "cp -a, rm, mv"],
  ])("%s is refused", (fixed, sentence, way) => {
    expect(judgeFixed("m-0", { fixed })).toMatchObject({
      kind: "refused",
      code: "data-fixed",
      message: expect.stringContaining(sentence),
      remedy: expect.stringContaining(way),
    });
  });
  it("any other is not", () => expect(judgeFixed("m-0", {})).toBeUndefined());
});
