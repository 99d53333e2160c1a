import { describe, expect, it } from "vitest";
import { checkConfig } from "../../components/config/configCheck";
import { good, onMachines, problems } from "../support/configurations";

describe("checkConfig", () => {
  it("fills in the defaults", () => {
    expect(checkConfig(good)).toMatchObject({
      profile: "gdc-kubeception",
      members: 3,
      restore: { id: "night-1" },
    });
  });

  it.each<[object, RegExp | "accepted"]>([
    [{ snapshot: "latest", store: "/b" }, "accepted"],
    [{ snapshot: "before:2026-11-27T02:00:00Z", store: "gs://vault/etcd" }, "accepted"],
    [{ snapshot: "gs://vault/v1/x" }, "accepted"],
    [{ snapshot: "before:noon", store: "/b" }, /must have a time such as before:2026/],
    [{ snapshot: "latest" }, /no restore.store that it looks into.*pulumi config set --path restore.store/],
    [
      { snapshot: "a.db", store: "/b" },
      /only restore.snapshot latest and before:TIME.*config rm --path restore.store/,
    ],
    [{ snapshot: "v1/x/snapshot.db.zst.age", identityFile: "mine.age" }, "accepted"],
    [{ snapshot: "a.db", identityFile: "" }, /restore.identityFile: must not be empty/],
  ])(
    "restore.snapshot, restore.store and restore.identityFile, of Pods and of machines: %j",
    (restore, expected) => {
      for (const stack of [good, onMachines]) {
        const message = problems({ ...stack, restore: { id: "r1", ...restore } });
        if (expected === "accepted") expect(message).toBe(expected);
        else expect(message).toMatch(expected);
      }
    },
  );

  it.each<[object, RegExp | "accepted"]>([
    [{ generation: "1", directory: "/b", recipients: [`age1${"q".repeat(58)}`] }, "accepted"],
    [{ generation: "1", directory: "/b", recipients: [] }, /backup.recipients: must name at least one/],
    [
      { generation: "1", directory: "/b", recipients: ["age"] },
      /backup.recipients.0: must be an age recipient/,
    ],
    [
      {
        schedules: { image: "i:1", backup: { schedule: "0 * * * *" } },
        recipients: [`age1${"q".repeat(58)}`],
      },
      /backup.recipients: is of backups from this machine.*backup.schedules.recipients/,
    ],
  ])("recipients of a hosted backup: %j", (backup, expected) => {
    const message = problems({ operation: "backup", cluster: "uc1", adminKubeconfig: "k", backup });
    if (expected === "accepted") expect(message).toBe(expected);
    else expect(message).toMatch(expected);
  });

  it("takes an id of digits as `pulumi config set --path` writes it, a number", () => {
    const restore = { id: 20261122, rollback: 20261121 };
    for (const stack of [good, onMachines])
      expect(checkConfig({ ...stack, restore })).toMatchObject({
        restore: { id: "20261122", rollback: "20261121" },
      });
    for (const id of [1.5, -1, 1e21, true])
      expect(problems({ ...good, restore: { id, snapshot: "a.db" } })).toMatch(/restore\.id: /);
  });

  it("takes a backup's generation as number or text", () => {
    const backup = {
      operation: "backup",
      cluster: "uc1",
      adminKubeconfig: "k",
      backup: { generation: 2, directory: "/b" },
    };
    expect(checkConfig(backup)).toMatchObject({ backup: { generation: "2" } });
  });

  it("faults row 2: reports every error at once, each with the command that mends it", () => {
    const { cluster: _, ...rest } = good;
    const message = problems({ ...rest, members: 4, restore: { id: "Night 1", snapshot: "" } });
    expect(message).toContain("4 errors");
    expect(message).toContain("cluster: is required. pulumi config set cluster VALUE");
    expect(message).toContain(
      "members: must be odd: an even number of members has no advantage. pulumi config set members VALUE",
    );
    expect(message).toContain(
      "restore.id: must be at most 40 lower-case letters, digits, '-'. pulumi config set --path restore.id VALUE",
    );
    expect(message).toContain(
      "restore.snapshot: must not be empty. pulumi config set --path restore.snapshot VALUE",
    );
  });

  it("lists what an absent group and an absent operation leave to be said", () => {
    const { restore: _, ...rest } = good;
    const grouped = problems(rest);
    expect(grouped).toContain("2 errors");
    expect(grouped).toContain("restore.id: is required. pulumi config set --path restore.id VALUE");
    expect(grouped).toContain("restore: needs exactly one of restore.snapshot");
    const none = problems({ members: 2, cluster: "uc1" });
    expect(none).toContain("3 errors");
    expect(none).toContain(
      "operation: is required: what this stack does. pulumi config set operation restore",
    );
    expect(none).toContain("adminKubeconfig: is required");
    expect(none).toContain("members: must be odd");
  });

  it.each([
    ["no operation", {}, "operation: is required"],
    ["an unknown operation", { ...good, operation: "repair" }, "operation:"],
    [
      "an unknown key",
      { ...good, overrides: { etcd: { statefulset: "x" } } },
      "overrides.etcd.statefulset: is not a key of this operation. pulumi config rm --path overrides.etcd.statefulset",
    ],
    ["text for a number", { ...good, members: "three" }, "members:"],
    [
      "an empty reason",
      { ...good, restore: { ...good.restore, reason: "  " } },
      "restore.reason: must say why, or be absent",
    ],
    [
      "an image without a tag",
      { ...good, utilityImage: "etcd-util" },
      "utilityImage: must be an image with a tag or digest",
    ],
    [
      "a name that a shell would split",
      { ...good, cluster: "uc1; rm -rf /" },
      "cluster: must be a Kubernetes name",
    ],
    ["row 32: no members", { ...good, members: 0 }, "members: must be at least 1"],
    [
      "row 48: a path with a line feed",
      { ...good, restore: { ...good.restore, snapshot: "a\nb" } },
      "restore.snapshot: must not contain control characters",
    ],
    [
      "row 49: the documentation's placeholder for a version",
      { ...good, utilityImage: "gcr.io/gke-on-prem-release/etcd-util:GKE_ON_PREM_VERSION" },
      "utilityImage: must name the cluster's own version in its tag",
    ],
    [
      "row 49: no image reference",
      { ...good, utilityImage: "Etcd-Util:1;x" },
      "utilityImage: must be an image reference",
    ],
    [
      "an override that names no version",
      { ...good, restore: { ...good.restore, allowVersion: "3.6" } },
      "restore.allowVersion: must be a version such as 3.6.14",
    ],
    [
      "an override that names no key",
      { ...good, restore: { ...good.restore, allowEncryption: ["aescbc"] } },
      "restore.allowEncryption.0: must be provider:key",
    ],
    [
      "an insecure server without its name",
      { ...good, allowInsecure: ["true"] },
      "allowInsecure.0: must be a server's URL",
    ],
  ])("refuses %s", (_, raw, sentence) => {
    expect(problems(raw)).toContain(sentence);
  });

  it.each(["etcd-util:1.16.0-gke.0", "host.example:5000/a/b_c/etcd-util:v1", `r/e@sha256:${"a".repeat(64)}`])(
    "takes the image %s",
    (utilityImage) => expect(problems({ ...good, utilityImage })).toBe("accepted"),
  );

  it("row 48: takes paths with spaces, quotes, semicolons, leading dashes and any letters", () => {
    const snapshot = '-a b/it\'s;"$(x)"/ü-雪.db';
    expect(problems({ ...good, restore: { ...good.restore, snapshot } })).toBe("accepted");
  });

  it.each(["rollback", "finalize"])(
    "takes an earlier restore's id under restore.%s instead of a snapshot",
    (key) => {
      const restore = { id: "next", [key]: "night-1" };
      expect(checkConfig({ ...good, restore })).toMatchObject({ restore });
    },
  );

  it.each<[object, RegExp | "accepted"]>([
    [{ rollback: "night-1", pki: { previous: true } }, "accepted"],
    [{ snapshot: "a.db", pki: { identity: "AGE-SECRET-KEY-1QQQQ", from: "/b" } }, "accepted"],
    [
      { rollback: "night-1", pki: {} },
      /without restore.pki.previous\. pulumi config set --path restore.pki.previous true/,
    ],
    [
      { rollback: "night-1", pki: { previous: true, from: "/b" } },
      /restore.pki.from, which does not go with restore.rollback/,
    ],
    [{ snapshot: "a.db", pki: { from: "/b" } }, /without restore.pki.identity\. pulumi config set --secret/],
    [
      { snapshot: "a.db", pki: { identity: "AGE-SECRET-KEY-1QQQQ", previous: true } },
      /restore.pki.previous, which does not go with restore.snapshot/,
    ],
    [{ rollback: "night-1", pki: { previous: false } }, /restore.pki.previous/],
    [{ finalize: "night-1", pki: { previous: true } }, /only a restore of a snapshot, or a roll-back, takes/],
    [{ repair: "cp-1", pki: { previous: true } }, /only a restore of a snapshot, or a roll-back, takes/],
  ])("which keys come back goes with which data does: %j", (restore, expected) => {
    const message = problems({ ...onMachines, restore: { id: "r1", ...restore } });
    if (expected === "accepted") expect(message).toBe(expected);
    else expect(message).toMatch(expected);
  });

  it("refuses a restore that is none of what a restore can be, or more than one", () => {
    expect(problems({ ...good, restore: { id: "night-1" } })).toContain(
      "restore: needs exactly one of restore.snapshot, restore.rollback, restore.finalize, restore.repair. pulumi config set --path restore.snapshot FILE",
    );
    const both = problems({ ...good, restore: { ...good.restore, id: "Night 1", rollback: "night-0" } });
    expect(both).toContain("2 errors");
    expect(both).toContain(
      "restore: has restore.snapshot, restore.rollback, and takes exactly one of restore.snapshot, restore.rollback, restore.finalize, restore.repair. pulumi config rm --path restore.snapshot   or: pulumi config rm --path restore.rollback",
    );
  });

  it("refuses the id of the restore that is rolled back or finalized", () => {
    expect(problems({ ...good, restore: { id: "night-1", rollback: "night-1" } })).toContain(
      "restore.id: must differ from restore.rollback: every operation has an id of its own. pulumi config set --path restore.id VALUE",
    );
  });

  it("never repeats a value, which may be a secret in the wrong place", () => {
    expect(problems({ ...good, cluster: "S3cret!", adminKubeconfig: 7 })).not.toMatch(/S3cret|7\b/);
  });
});
