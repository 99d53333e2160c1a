import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseState } from "../../components/member/memberAnswers";
import { memberCalls } from "../../components/member/memberCalls";
import { ActScene } from "../support/actScene";
import { fakeRequest } from "../support/fakeSubstrate";
import { PodDirectories } from "../support/podDirectories";
import { shells } from "../support/shells";
import { StagingVolume } from "../support/stagingVolume";

const facts = { path: "/none", sizeBytes: 10, sha256: "0f".repeat(32), revision: "42" };

describe.each(shells)("live data that a rename leaves behind, under $name", (shell) => {
  let volume: StagingVolume;
  const live = (part = "") => join(volume.data, "member", part);
  /** As the kernel says mounts: their paths have no spaces. */
  const fixed = (...mounts: readonly string[]) => {
    const line = (path: string) => `36 35 98:0 / ${path.replaceAll(" ", "\\040")} rw - ext4 /dev/sdb1 rw\n`;
    const file = join(volume.sandbox.directory, "mountinfo");
    writeFileSync(file, ["/", volume.data, `${live()}-2`, ...mounts].map(line).join(""));
    return parseState(volume.run(memberCalls.state("r1"), "", { MOUNTS: file }).stdout).fixed;
  };

  beforeEach(() => {
    volume = new StagingVolume(shell);
  });
  afterEach(() => volume.dispose());

  it("is none where the volume alone is a mount, and where there is no data", () => {
    expect(fixed()).toBeUndefined();
    volume.sh('rm -r "$1"', live());
    expect(fixed()).toBeUndefined();
    expect(volume.plain("state").code).toBe(0);
  });

  it.each(["", "wal", "snap"])("is a mount: member/%s", (part) => {
    expect(fixed(join(live(), part))).toBe(`mount ${join(live(), part)}`);
  });

  it.each(["wal", "snap"])("is a link: member/%s", (part) => {
    renameSync(live(part), join(volume.sandbox.directory, part));
    symlinkSync(join(volume.sandbox.directory, part), live(part));
    expect(fixed()).toBe(`link ${live(part)}`);
  });

  it("is a link: member, whatever it leads to", () => {
    renameSync(live(), join(volume.sandbox.directory, "elsewhere"));
    symlinkSync(join(volume.sandbox.directory, "elsewhere"), live());
    expect(fixed()).toBe(`link ${live()}`);
  });
});

describe.each(shells)("a member whose log is a link, under $name", (shell) => {
  let pods: PodDirectories;

  beforeEach(() => {
    pods = new PodDirectories(shell, ["kube-etcd-0", "kube-etcd-1", "kube-etcd-2"], ["gzip"]);
    mkdirSync(join(pods.data("kube-etcd-0"), "member", "snap"), { recursive: true });
    symlinkSync("/elsewhere", join(pods.data("kube-etcd-0"), "member", "wal"));
  });
  afterEach(() => pods.dispose());

  it.each(["guard", "transfer", "stage"] as const)("%s refuses it and changes nothing", async (step) => {
    const scene = new ActScene({ volumes: pods.volumes });
    scene.request = fakeRequest({ snapshot: facts, reason: "a test" });
    if (step !== "guard")
      scene.ledger({ phase: "open", snapshot: facts.sha256, revision: "42", bump: "1000" });
    const { refusal } = await scene.run(step, step === "guard" ? undefined : "kube-etcd-0");
    expect(refusal).toMatchObject({
      code: "data-fixed",
      message: expect.stringContaining(
        `member kube-etcd-0: ${join(pods.data("kube-etcd-0"), "member", "wal")} is a link`,
      ),
    });
    expect(await pods.volumes.files("kube-etcd-0")).toEqual([]);
  });
});
