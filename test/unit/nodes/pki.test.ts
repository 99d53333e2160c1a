import { createHash, X509Certificate } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Encrypter, generateIdentity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bundle, bundleOf, partsOf } from "../../../components/nodes/pki/bundle";
import { judgeBundle, judgeTogether } from "../../../components/nodes/pki/judgeBundle";
import {
  fingerprintOf,
  judgeKubelet,
  judgeMachinePki,
  noteChanges,
} from "../../../components/nodes/pki/judgeMachinePki";
import type { PartKind } from "../../../components/nodes/pki/machinePkiFacts";
import { openBundle } from "../../../components/nodes/pki/openBundle";
import { KUBELET_CLIENT } from "../../../components/nodes/pki/pkiPaths";
import { readTar } from "../../../components/nodes/pki/tar";
import { kubeadm } from "../../../components/profiles/kubeadm";
import { judgePkiBackup } from "../../../components/restore/pkiBackup";
import { bundleTar } from "../../support/machineKeys";
import { newManifest } from "../../support/storedBackups";
import { bundleScene } from "./bundleScene";

const pki = "/etc/kubernetes/pki";
/** Later than the certificates are made. */
const now = new Date(Date.now() + 3_600_000);
const year = 366 * 24 * 60 * 60 * 1000;
const { directory, one, other, read, changed, make } = bundleScene();
let bundle: Bundle;
const wanted = { configuration: "/etc/kubernetes", encryption: undefined, kubelet: false };

beforeAll(async () => {
  bundle = await make();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("a machine's bundle", () => {
  it("of kubeadm's layout is fit, and what it brings back are keys, kubeconfigs and no manifest", () => {
    expect(judgeBundle(bundle, kubeadm, now)).toBeUndefined();
    expect(partsOf(bundle, wanted)).toEqual([pki, "/etc/kubernetes/admin.conf"]);
    expect(partsOf(bundle, { ...wanted, kubelet: true })).toContain("/var/lib/kubelet/pki");
    expect(partsOf(bundle, { ...wanted, encryption: `${pki}/enc.yaml` })).toEqual(partsOf(bundle, wanted));
  });

  const from = (path: string) => read(other, path);
  it.each<[what: string, () => Readonly<Record<string, string | undefined>>, RegExp]>([
    [
      "a certificate of another key",
      () => ({ [`${pki}/apiserver.key`]: from(`${pki}/apiserver.key`) }),
      /apiserver\.crt does not fit its key/,
    ],
    [
      "a certificate of another authority",
      () => ({
        [`${pki}/apiserver.crt`]: from(`${pki}/apiserver.crt`),
        [`${pki}/apiserver.key`]: from(`${pki}/apiserver.key`),
      }),
      /pki\/apiserver\.crt is not signed by \/etc\/kubernetes\/pki\/ca\.crt/,
    ],
    [
      "etcd's by the cluster's",
      () => ({ [`${pki}/etcd/ca.crt`]: bundle.text(`${pki}/ca.crt`) }),
      /etcd\/server\.crt is not signed by \S+etcd\/ca\.crt/,
    ],
    [
      "a kubeconfig of another authority",
      () => ({ "/etc/kubernetes/admin.conf": from("/etc/kubernetes/admin.conf") }),
      /admin\.conf is not signed by/,
    ],
    ["another signing key", () => ({ [`${pki}/sa.pub`]: from(`${pki}/sa.pub`) }), /sa\.pub does not fit/],
    [
      "no API server's key",
      () => ({ [`${pki}/apiserver.key`]: undefined }),
      /it has no \/etc\/kubernetes\/pki\/apiserver\.key/,
    ],
    [
      "no etcd certificate",
      () => ({ [kubeadm.etcd.certificate]: undefined }),
      /it has no .*etcd\/server\.crt/,
    ],
    ["text that is no key", () => ({ [`${pki}/ca.key`]: "no key" }), /ca\.crt does not fit its key/],
    [
      "another member",
      () => ({ "/etc/kubernetes/manifests/etcd.yaml": from("/etc/kubernetes/manifests/etcd.yaml") }),
      /it is of member cp-2/,
    ],
  ])("is refused with %s", (_, texts, sentence) => {
    const refusal = judgeBundle(changed(texts()), kubeadm, now);
    expect(refusal).toMatchObject({
      code: "pki-unfit",
      kind: "refused",
      message: expect.stringMatching(sentence),
    });
    expect(refusal?.message).not.toContain("PRIVATE KEY");
  });

  it("is refused when it has ended, or does not hold yet", () => {
    const later = judgeBundle(bundle, kubeadm, new Date(now.getTime() + year));
    expect(later?.message).toMatch(/\.(crt|conf) has ended on \d{4}-\d\d-\d\d; .*; and \d+ more$/);
    const before = judgeBundle(bundle, kubeadm, new Date(now.getTime() - year));
    expect(before?.message).toContain("does not hold yet");
  });

  it("is refused beside one of another control plane", () => {
    const second = bundleOf("cp-2", bundleTar(other)) as Bundle;
    expect(judgeTogether([bundle, { ...bundle, machine: "cp-2" }], kubeadm)).toBeUndefined();
    expect(judgeTogether([bundle, second], kubeadm)?.message).toContain(`different ${pki}/ca.crt`);
  });

  it("is read whole, or refused: a cut one, names that lead out of it", () => {
    const tar = bundleTar(one);
    expect(readTar(tar).length).toBe(bundle.entries.length);
    expect(bundleOf("cp-1", tar.subarray(0, 4096))).toMatchObject({ code: "pki-damaged" });
    expect(bundleOf("cp-1", Buffer.alloc(1024, "x"))).toMatchObject({ code: "pki-damaged" });
    const long = join(directory, "long", "etc", "d".repeat(120), "e".repeat(120));
    mkdirSync(long, { recursive: true });
    writeFileSync(join(long, "file"), "content");
    mkdirSync(join(directory, "long", "var"));
    const deep = bundleOf("cp-1", bundleTar(join(directory, "long"))) as Bundle;
    expect(deep.text(`/etc/${"d".repeat(120)}/${"e".repeat(120)}/file`)).toBe("content");
    const out = bundleTar(join(directory, "long"));
    out.write("..", 0);
    out.write(String.fromCharCode(0), 2);
    const sum = out.subarray(0, 512).reduce((all, byte, n) => all + (n >= 148 && n < 156 ? 32 : byte), 0);
    out.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    expect(bundleOf("cp-1", out)).toMatchObject({ code: "pki-strange" });
  });
});

describe("a machine", () => {
  const live = (
    certificates: Readonly<Record<string, string>>,
    kinds: Readonly<Record<string, PartKind>> = {},
  ) => ({
    ...{ machine: "cp-1", missing: [], parts: new Map(Object.entries(kinds)) },
    certificates: new Map(Object.entries(certificates)),
  });

  it.each<[what: string, kubelet: () => string | undefined, at: Date, wanted: boolean, note: boolean]>([
    ["whose kubelet's certificate holds keeps it", () => bundle.text(KUBELET_CLIENT), now, false, false],
    ["without one gets the backup's", () => undefined, now, true, false],
    [
      "with one of another authority gets the backup's",
      () => read(other, "/etc/kubernetes/pki/apiserver.crt"),
      now,
      true,
      false,
    ],
    [
      "is told when neither holds",
      () => bundle.text(KUBELET_CLIENT),
      new Date(now.getTime() + year),
      false,
      true,
    ],
  ])("%s", (_, kubelet, at, wanted, note) => {
    const text = kubelet();
    const facts = live(text === undefined ? {} : { [KUBELET_CLIENT]: text });
    const advice = judgeKubelet(bundle, facts, `${pki}/ca.crt`, at);
    expect({ wanted: advice.wanted, note: advice.note !== undefined }).toEqual({ wanted, note });
  });

  it("is refused where a part cannot be renamed, or a program is missing", () => {
    expect(judgeMachinePki(live({}, { [pki]: "there" }))).toBeUndefined();
    expect(judgeMachinePki(live({}, { [pki]: "mount" }))?.message).toContain(`${pki} is a mount of its own`);
    expect(judgeMachinePki(live({}, { [pki]: "link" }))?.message).toContain(`${pki} is a link`);
    expect(judgeMachinePki({ ...live({}), missing: ["tar"] })?.message).toContain("has no tar");
  });

  it("says what of it is not as in the backup", () => {
    const path = `${pki}/apiserver.crt`;
    const known = new Map([[path, fingerprintOf(new X509Certificate(bundle.text(path) ?? ""))]]);
    const note = (certificates: Record<string, string>, kind: PartKind = "there") =>
      noteChanges({ parts: [pki], bundle }, known, live(certificates, { [pki]: kind }));
    expect(note({ [path]: bundle.text(path) ?? "" })).toBe(
      "machine cp-1: has the certificates of the backup",
    );
    expect(note({ [path]: read(other, path) })).toContain(`differs from the backup: ${path} is another`);
    expect(note({})).toContain(`${path} is absent`);
    expect(note({}, "absent")).toBe(`machine cp-1: differs from the backup: ${pki} is absent`);
  });
});

describe("a backup's bundles", () => {
  it("are opened by their identity alone; what is altered, damaged or absent is refused, and no sentence holds a key", async () => {
    const [identity, stranger] = [await generateIdentity(), await generateIdentity()];
    const encrypter = new Encrypter();
    encrypter.addRecipient(await identityToRecipient(identity));
    const tar = bundleTar(one);
    const sealed = Buffer.from(await encrypter.encrypt(tar));
    writeFileSync(join(directory, "pki-cp-1.tar.age"), sealed);
    writeFileSync(join(directory, "cut.age"), sealed.subarray(0, sealed.length - 20));
    const plain = { bytes: tar.length, sha256: createHash("sha256").update(tar).digest("hex") };
    const request = (file: string, digest = plain) => ({
      directory,
      bundles: [{ member: "cp-1", file, ...digest }],
    });
    const file = "pki-cp-1.tar.age";
    const keyFile = `# created: now\n# public key: age1x\n${identity}\n`;
    expect((await openBundle(request(file), "cp-1", keyFile)).equals(tar)).toBe(true);
    const said = async (asked: ReturnType<typeof request>, member = "cp-1", key: string = identity) => {
      const error = await openBundle(asked, member, key).then(
        () => new Error("opened"),
        (cause: Error) => cause,
      );
      expect(error.message).not.toContain("AGE-SECRET");
      return error.message;
    };
    expect(await said(request(file), "cp-1", stranger)).toMatch(/encrypted to other recipients/);
    expect(await said(request(file), "cp-1", `${identity}QQ`)).toMatch(/no secret key of age/);
    expect(await said(request("cut.age"))).toMatch(/cannot be decrypted/);
    expect(await said(request("gone.age"))).toMatch(/cannot be read/);
    expect(await said(request(file), "cp-2")).toMatch(/no bundle of machine cp-2/);
    expect(await said(request(file, { ...plain, sha256: "a".repeat(64) }))).toMatch(
      /another bundle than its manifest/,
    );
  });

  const digest = { bytes: 1, sha256: "a".repeat(64) };
  const bundles = [{ machine: "cp-1", file: "pki-cp-1.tar.age", plain: digest, stored: digest }];
  const manifest = { ...newManifest({ cluster: "c" }), pki: { bundles, certificates: [] } };
  const wanted = { cluster: "c", members: ["cp-1"], kubeSystemUid: manifest.kubeSystemUid };
  it.each([
    ["fit", manifest, wanted, undefined],
    ["of a cluster that was called otherwise, by its UID", manifest, { ...wanted, cluster: "d" }, undefined],
    [
      "of another cluster",
      manifest,
      { ...wanted, kubeSystemUid: "u" },
      /another cluster, c: .* the snapshot's u/,
    ],
    [
      "of another name where no UID tells",
      manifest,
      { ...wanted, cluster: "d", kubeSystemUid: undefined },
      /of cluster c, this stack restores d/,
    ],
    ["without keys", newManifest({ cluster: "c" }), wanted, /a backup without keys/],
    ["without a machine", manifest, { ...wanted, members: ["cp-1", "cp-2"] }, /no bundle of machine cp-2/],
    ["of nobody", undefined, wanted, /has no manifest\.json/],
  ])("%s", (_, of, asked, sentence) => {
    const refusal = judgePkiBackup("/b", of, asked);
    if (sentence === undefined) expect(refusal).toBeUndefined();
    else expect(refusal?.message).toMatch(sentence);
  });
});
