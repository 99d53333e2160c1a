import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { type Bundle, bundleOf, partsOf } from "../../../components/nodes/pki/bundle";
import { judgeBundle } from "../../../components/nodes/pki/judgeBundle";
import { judgeLinks } from "../../../components/nodes/pki/judgeMachinePki";
import { kubeadm } from "../../../components/profiles/kubeadm";
import { bundleTar } from "../../support/machineKeys";
import { type TestMember, tarOf } from "../../support/testTar";
import { bundleScene } from "./bundleScene";

const pki = "/etc/kubernetes/pki";
/** Later than the certificates are made. */
const now = new Date(Date.now() + 3_600_000);
const wanted = { configuration: "/etc/kubernetes", encryption: undefined, kubelet: false };
const { directory, one, other, read, changed, make } = bundleScene();
let bundle: Bundle;

/** The bundle beside other names. */
const beside = (...members: readonly TestMember[]) =>
  bundleOf(
    "cp-1",
    Buffer.concat([bundleTar(one).subarray(0, endOf(bundleTar(one))), tarOf(...members)]),
  ) as Bundle;
const endOf = (tar: Buffer) => {
  let end = tar.length;
  while (tar.subarray(end - 512, end).every((byte) => byte === 0)) end -= 512;
  return end;
};
/** A certificate by an authority between, with that behind it, and its key. */
async function chained(at: string, ca: string, caKey: string) {
  mkdirSync(at);
  writeFileSync(join(at, "ca.crt"), ca);
  writeFileSync(join(at, "ca.key"), caKey);
  const openssl = (...argv: string[]) => execFileSync("openssl", argv, { cwd: at, stdio: "ignore" });
  for (const name of ["between", "leaf"])
    openssl(
      "req",
      "-new",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-subj",
      `/CN=${name}`,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.csr`,
    );
  writeFileSync(join(at, "ca.ext"), "basicConstraints=critical,CA:true\nkeyUsage=keyCertSign\n");
  const sign = (name: string, by: string, ...more: string[]) =>
    openssl(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      "-CA",
      `${by}.crt`,
      "-CAkey",
      `${by}.key`,
      "-CAcreateserial",
      "-days",
      "9",
      "-out",
      `${name}.crt`,
      ...more,
    );
  sign("between", "ca", "-extfile", "ca.ext");
  sign("leaf", "between");
  return { chain: read(at, "leaf.crt") + read(at, "between.crt"), key: read(at, "leaf.key") };
}

beforeAll(async () => {
  bundle = await make();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("a machine's bundle that is not as kubeadm leaves one", () => {
  it("is not judged by what no server of the control plane uses: copies of former ones, the kubelet's kubeconfig", () => {
    const apiserver = read(other, `${pki}/apiserver.crt`);
    const encoded = (text: string) => Buffer.from(text).toString("base64");
    const user = { "client-certificate-data": encoded(apiserver), "client-key-data": encoded("no key") };
    const kubelet = stringify({ kind: "Config", users: [{ user }] });
    const more = beside(
      { name: "etc/kubernetes/pki/former/apiserver.crt", content: Buffer.from(apiserver) },
      { name: "etc/kubernetes/pki/former/apiserver.key", content: Buffer.from("no key") },
      { name: "etc/kubernetes/kubelet.conf", content: Buffer.from(kubelet) },
    );
    expect(judgeBundle(more, kubeadm, now)).toBeUndefined();
    expect(partsOf(more, wanted)).toContain("/etc/kubernetes/kubelet.conf");
  });

  it("has other configuration that is called like a kubeconfig, and is none: that stays as it is", () => {
    const cloud = beside({ name: "etc/kubernetes/cloud.conf", content: Buffer.from("[Global]\nuser = x\n") });
    expect(partsOf(cloud, wanted)).toEqual(partsOf(bundle, wanted));
  });

  it("may have certificates of an authority between, and a signing key beside the former one", async () => {
    const between = await chained(
      join(directory, "between"),
      read(one, `${pki}/ca.crt`),
      read(one, `${pki}/ca.key`),
    );
    const texts = {
      [`${pki}/apiserver.crt`]: between.chain,
      [`${pki}/apiserver.key`]: between.key,
      [`${pki}/sa.pub`]: read(other, `${pki}/sa.pub`) + read(one, `${pki}/sa.pub`),
    };
    expect(judgeBundle(changed(texts), kubeadm, now)).toBeUndefined();
    const alone = {
      ...texts,
      [`${pki}/apiserver.crt`]: between.chain.replace(/(-----END CERTIFICATE-----\n)[\s\S]*/, "$1"),
    };
    expect(judgeBundle(changed(alone), kubeadm, now)?.message).toContain("apiserver.crt is not signed by");
  });

  it("with a second name of one file holds that twice", () => {
    const twice = beside({
      name: "etc/kubernetes/pki/again.crt",
      type: "1",
      target: "etc/kubernetes/pki/ca.crt",
    });
    expect(twice.text(`${pki}/again.crt`)).toBe(bundle.text(`${pki}/ca.crt`));
  });

  it("with links to elsewhere is read, and cannot be put back by renaming", () => {
    const key = { name: "vendor/sa.key", content: Buffer.from("the key") };
    const link = { name: "etc/kubernetes/pki/own.key", type: "2" };
    const linked = beside(
      { ...link, target: "../../../opt/certs/sa.key" },
      { name: "opt/certs", type: "2", target: "/vendor" },
      key,
    );
    expect(linked.text(`${pki}/own.key`)).toBe("the key");
    expect(judgeLinks(linked, partsOf(linked, wanted))).toMatchObject({
      code: "pki-fixed",
      message: expect.stringContaining("/etc/kubernetes/pki/own.key is a link to /vendor/sa.key"),
    });
    const inside = beside({ ...link, target: "sa.key" });
    expect(judgeLinks(inside, partsOf(inside, wanted))).toBeUndefined();
    expect(judgeLinks(bundle, partsOf(bundle, { ...wanted, kubelet: true }))).toBeUndefined();
    const round = beside({ ...link, target: "own.key" });
    expect(round.text(`${pki}/own.key`)).toBeUndefined();
  });
});
