import { describe, expect, it } from "vitest";
import { confirm } from "../../../components/procedure/acts/confirm";
import { guard } from "../../../components/procedure/acts/guard";
import { inspect } from "../../../components/procedure/acts/inspect";
import { locatePrevious } from "../../../components/procedure/acts/locatePrevious";
import { stagePki } from "../../../components/procedure/acts/pki";
import { stage } from "../../../components/procedure/acts/stage";
import { transfer } from "../../../components/procedure/acts/transfer";
import type { Request } from "../../../components/procedure/request";
import {
  type FakeContext,
  FakeSubstrate,
  fakeContext,
  fakeRecord,
  perform,
} from "../../support/fakeSubstrate";

const acts = { guard, "locate-previous": locatePrevious, transfer, stage, confirm, "stage-pki": stagePki };
const digest = "d".repeat(64);

/** A cluster whose restore r0 is finished and has put data aside on every volume. */
function scene(): FakeSubstrate {
  const substrate = new FakeSubstrate();
  substrate.setRecord(fakeRecord(substrate, { id: "r0", phase: "finished", liveRevision: "900" }));
  ["kube-etcd-0", "kube-etcd-1", "kube-etcd-2"].forEach((member, n) => {
    substrate.volumes
      .volume(member)
      .previous.set("r0", { clusterId: 5n, revision: 900n + BigInt(n === 1 ? 7 : 0) });
  });
  return substrate;
}

const contextOf = (substrate: FakeSubstrate, request: Request = {}, member?: string): FakeContext =>
  fakeContext(substrate, {
    ...{
      operation: "rollback",
      id: "back",
      request: { rollback: "r0", utilityImage: "example/util:1", ...request },
    },
    ...(member === undefined ? {} : { member }),
  });
const run = (name: keyof typeof acts, context: FakeContext) => perform(name, acts[name], context);
const unproven = (substrate: FakeSubstrate, member: string) => {
  const volume = substrate.volumes.volume(member);
  substrate.volumes.answers.set("previous", (asked) =>
    asked === member && !volume.brought
      ? `previous unproven\nsize 4096\nsha256 ${digest}\nowner 0:0\nrevision \nwal older\nproblem nothing here can read it: no etcdutl, no etcdctl before 3.6\n`
      : undefined,
  );
};

describe("what an earlier restore put aside", () => {
  it("of another restore is refused once this one is staged, and that of a snapshot is none", async () => {
    const substrate = scene();
    const own = fakeRecord(substrate, { id: "back", phase: "swapped" });
    substrate.setRecord({ ...own, rollback: "r0" });
    expect(await run("locate-previous", contextOf(substrate))).toBeUndefined();
    await expect(run("locate-previous", contextOf(substrate, { rollback: "r9" }))).rejects.toThrow(
      "restore.rollback: r9, but restore back is of what restore r0 put aside (it is swapped)",
    );
    substrate.setRecord(own);
    await expect(run("locate-previous", contextOf(substrate))).rejects.toThrow(/is of a snapshot/);
  });

  it("the copy of the highest revision is found, sent to all, staged and confirmed", async () => {
    const substrate = scene();
    await run("guard", contextOf(substrate));
    const context = contextOf(substrate);
    expect(await run("locate-previous", context)).toMatchObject({ source: "kube-etcd-1", revision: "907" });
    expect(substrate.record).toMatchObject({
      ...{ rollback: "r0", source: "kube-etcd-1", snapshot: digest, sizeBytes: "4096", revision: "907" },
      reason: "roll-back of restore r0",
    });
    expect(context.lines.at(-1)).toBe("all members are staged from the copy of kube-etcd-1");
    for (const name of ["transfer", "stage"] as const)
      for (const { name: member } of substrate.members) await run(name, contextOf(substrate, {}, member));
    expect(substrate.calls.of(/^volumes.(copy|send)|copy-previous/)).toEqual([
      "volumes.copy kube-etcd-1 send-previous kube-etcd-0 receive",
      "volumes.run kube-etcd-1 copy-previous",
      "volumes.copy kube-etcd-1 send-previous kube-etcd-2 receive",
    ]);
    await run("confirm", contextOf(substrate));
    expect(substrate.record.phase).toBe("staged");
  });

  it("keys that the restore brought back stay, which is said beforehand, in the step and in its report", async () => {
    const substrate = scene();
    const said = expect.stringMatching(
      /^restore\.rollback: restore r0 brought keys .* they stay as they are/,
    );
    expect((await inspect(contextOf(substrate))).notes).not.toContainEqual(said);
    substrate.setRecord({ ...substrate.record, pki: `cp-1=${digest}` });
    expect((await inspect(contextOf(substrate))).notes).toContainEqual(said);
    await run("guard", contextOf(substrate));
    const context = contextOf(substrate);
    expect(await run("locate-previous", context)).toMatchObject({ warnings: [said] });
    expect(context.lines).toContainEqual(
      expect.stringMatching(/^warning: restore\.rollback: restore r0 brought keys/),
    );
  });

  it("keys come back too where that is asked for: what was put aside on each member is in the ledger, and staged", async () => {
    const substrate = scene();
    substrate.setRecord({ ...substrate.record, pki: `kube-etcd-0=${digest}` });
    const asked: string[] = [];
    const former = (member: string, from: string) => {
      asked.push(`${member} ${from}`);
      return Promise.resolve(String(member.at(-1)).repeat(64));
    };
    const stagedPki = (sha256: string) => Promise.resolve({ sha256, differs: [] });
    Object.assign(substrate, {
      pki: {
        former,
        stage: (member: string, _: string, sha256: string, from: string) => {
          asked.push(`stage ${member} ${from} ${sha256[0]}`);
          return stagedPki(sha256);
        },
      },
    });
    const request = { previousPki: true };
    expect((await inspect(contextOf(substrate, request))).notes.join()).not.toContain("brought keys");
    await run("guard", contextOf(substrate, request));
    const context = contextOf(substrate, request);
    expect(await run("locate-previous", context)).not.toHaveProperty("warnings");
    const words = ["0", "1", "2"].map((n) => `kube-etcd-${n}=${n.repeat(64)}`);
    expect(substrate.record.pki).toBe(words.join(" "));
    const staging = contextOf(substrate, {}, "kube-etcd-2");
    await run("stage-pki", staging);
    expect(staging.lines).toEqual([
      "kube-etcd-2: keys and certificates staged; all are those from before restore r0",
    ]);
    expect(asked).toEqual(["kube-etcd-0 r0", "kube-etcd-1 r0", "kube-etcd-2 r0", "stage kube-etcd-2 r0 2"]);
    await run("locate-previous", contextOf(substrate));
    expect(substrate.record.pki).toBeUndefined();
  });

  it("defect 16: an image without a tool: the given one is brought, and reads it", async () => {
    const substrate = scene();
    unproven(substrate, "kube-etcd-1");
    await run("guard", contextOf(substrate));
    const etcdutl = { path: "/e", sizeBytes: 9, sha256: "f".repeat(64) };
    expect(await run("locate-previous", contextOf(substrate, { etcdutl }))).toMatchObject({
      source: "kube-etcd-1",
    });
    expect(substrate.calls.of(/receive-tool/)).toEqual(["volumes.send kube-etcd-1 receive-tool /e none"]);
  });

  it("defect 16: without one the tool is named, and no copy is called damaged", async () => {
    const substrate = scene();
    unproven(substrate, "kube-etcd-1");
    await run("guard", contextOf(substrate));
    const context = contextOf(substrate);
    await expect(run("locate-previous", context)).rejects.toMatchObject({
      refusal: { code: "previous-unproven", remedy: expect.stringContaining("restore.etcdutl") },
    });
    expect(context.lines.join("\n")).not.toMatch(/damaged|cannot be read/);
    expect(substrate.record.snapshot).toBeUndefined();
  });

  it("damaged everywhere is said so", async () => {
    const substrate = scene();
    await run("guard", contextOf(substrate));
    for (const volume of substrate.volumes.of.values())
      volume.previousAnswer = "previous damaged\nproblem its page is torn\n";
    const context = contextOf(substrate);
    await expect(run("locate-previous", context)).rejects.toThrow(
      /^restore.rollback: what restore r0 put aside is damaged or absent on every member/,
    );
    expect(context.lines).toContain(
      "kube-etcd-0: what restore r0 put aside cannot be read: its page is torn",
    );
  });

  it("less than the cluster had needs a reason", async () => {
    const substrate = scene();
    substrate.volumes.volume("kube-etcd-1").previousAnswer = "previous none\n";
    for (const member of ["kube-etcd-0", "kube-etcd-2"])
      substrate.volumes.volume(member).previous.set("r0", { clusterId: 5n, revision: 800n });
    await run("guard", contextOf(substrate));
    await expect(run("locate-previous", contextOf(substrate))).rejects.toMatchObject({
      refusal: { code: "previous-behind" },
    });
    expect(await run("locate-previous", contextOf(substrate, { reason: "why" }))).toMatchObject({
      revision: "800",
    });
  });

  it("whose previous data was removed is refused, binding", async () => {
    const substrate = scene();
    await run("guard", contextOf(substrate));
    substrate.ledger.history.set("r0", {
      fields: { ...substrate.ledger.history.get("r0")?.fields, finalizing: "2026-01-01T00:00:00Z" },
      version: 2,
    });
    await expect(run("locate-previous", contextOf(substrate))).rejects.toMatchObject({
      refusal: { code: "past-removed" },
    });
  });

  it("a volume that cannot be asked is not one without a copy", async () => {
    const substrate = scene();
    await run("guard", contextOf(substrate));
    substrate.calls.before(/^volumes.run kube-etcd-1 previous/, () => {
      throw new Error("connection reset");
    });
    await expect(run("locate-previous", contextOf(substrate))).rejects.toThrow("connection reset");
  });
});
