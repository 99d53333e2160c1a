import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AdmissionArgs, admitSnapshot } from "../../components/admission/admission";
import { overridesText } from "../../components/admission/overrides";
import { readSnapshotFacts } from "../../components/admission/snapshotFacts";
import { RefusedError } from "../../components/errors";
import type { HostedCluster } from "../../components/hosted/hostedCluster";
import { gdcKubeception } from "../../components/profiles/gdcKubeception";
import { planHostedRestore } from "../../components/restore/restorePlan";
import { fileContent } from "../../store/content";
import { DirectoryStore } from "../../store/directoryStore";
import { keyList } from "../../store/keyList";
import type { BackupManifest, NewManifest } from "../../store/manifest";
import { putBackup } from "../../store/putBackup";
import { protobufObject, type TestRecord } from "../support/etcdRecords";
import { refusal } from "../support/refusals";
import { KUBE_SYSTEM_UID, kubernetesRecords, scratchDirectory, writeSnapshot } from "../support/testSnapshot";

const directory = scratchDirectory();
afterAll(() => rmSync(directory, { recursive: true }));

const cluster: HostedCluster = {
  name: "uc1",
  namespace: "uc1",
  members: 1,
  profile: gdcKubeception,
  adminKubeconfig: "/k",
};
const admit = (path: string, more: Partial<AdmissionArgs> = {}) =>
  admitSnapshot(path, { cluster, overrides: {}, ...more });

const object = (
  revision: bigint,
  key: string,
  kind: string,
  namespace: string,
  name: string,
): TestRecord => ({
  revision,
  key,
  value: protobufObject({ apiVersion: "apps/v1", kind }, { name, namespace }),
});

let good: string;
beforeAll(() => {
  good = writeSnapshot(directory, "good.db", { records: kubernetesRecords(20) });
});

describe("restore.snapshot gives the reader's verdict", () => {
  it("rows 1-20: as a refusal that names the key", async () => {
    const bytes = readFileSync(good);
    const cut = join(directory, "cut.db");
    writeFileSync(cut, bytes.subarray(0, 8192));
    const refused = await refusal(admit(cut));
    expect(refused).toBeInstanceOf(RefusedError);
    expect(refused.message).toMatch(/^restore.snapshot: .*cut.db: is truncated: .* Take another copy/);
    expect(readFileSync(cut)).toEqual(bytes.subarray(0, 8192));
    expect((await refusal(admit(directory))).message).toContain("is a directory");
    expect((await refusal(admit(join(directory, "none.db")))).message).toContain("ENOENT");
  });

  it("rows 12, 21: a file without a digest is named with the key that allows it, and then warned of", async () => {
    const unhashed = join(directory, "unhashed.db");
    writeFileSync(unhashed, readFileSync(good).subarray(0, -32));
    expect((await refusal(admit(unhashed))).message).toMatch(
      /has no digest.*pulumi config set --path restore.allowUnhashed true/,
    );
    const { snapshot, warnings } = await admit(unhashed, { overrides: { allowUnhashed: true } });
    expect(snapshot).toMatchObject({ hashed: false, revision: "22" });
    expect(warnings).toEqual([expect.stringContaining("nothing proves these bytes")]);
    writeFileSync(unhashed, readFileSync(good).subarray(0, -33));
    expect((await refusal(admit(unhashed, { overrides: { allowUnhashed: true } }))).message).toContain(
      "truncated",
    );
  });

  it("row 25: says of which etcd the file is", async () => {
    const buckets = { cluster: [[Buffer.from("clusterVersion"), Buffer.from("3.4.0")]], meta: [] } as const;
    const old = writeSnapshot(directory, "old.db", { records: kubernetesRecords(1), buckets });
    expect((await readSnapshotFacts(old)).etcdVersion).toBe("3.4.0");
    expect((await readSnapshotFacts(good)).etcdVersion).toBe("3.6.0");
    const foreign = { meta: [[Buffer.from("storageVersion"), Buffer.from("3; rm -rf /")]] } as const;
    const odd = writeSnapshot(directory, "odd.db", { records: kubernetesRecords(1), buckets: foreign });
    expect((await readSnapshotFacts(odd)).etcdVersion).toBeUndefined();
  });

  it("row 26: encrypted values are told to the steps by provider and key name alone", async () => {
    const secret: TestRecord = {
      revision: 90n,
      key: "/registry/secrets/default/s",
      value: Buffer.concat([Buffer.from("k8s:enc:aescbc:v1:key1:"), Buffer.alloc(64, 0x58)]),
    };
    const path = writeSnapshot(directory, "enc.db", { records: [...kubernetesRecords(3), secret] });
    const { snapshot } = await admit(path);
    const plan = planHostedRestore({ cluster, id: "r1", snapshot, utilityImage: "i:1" });
    expect(plan.request.snapshot?.encryption).toEqual(["aescbc:key1"]);
    expect(JSON.stringify(plan)).not.toContain("XXXX");
  });
});

describe("row 23: role", () => {
  const own = [object(30n, "/registry/statefulsets/uc1/kube-etcd", "StatefulSet", "uc1", "kube-etcd")];
  const crd = [
    object(
      30n,
      "/registry/onprem.cluster.gke.io/onpremuserclusters/uc1/uc1",
      "OnPremUserCluster",
      "uc1",
      "uc1",
    ),
  ];
  it.each([
    ["this cluster's own etcd", own, /StatefulSet uc1\/kube-etcd, this cluster's own etcd/],
    ["objects that describe user clusters", crd, /1 OnPremUserCluster/],
  ])("an admin cluster's snapshot with %s is refused", async (name, more, sentence) => {
    const path = writeSnapshot(directory, `admin-${name.length}.db`, {
      records: [...kubernetesRecords(3), ...more],
    });
    const refused = await refusal(admit(path));
    expect(refused).toBeInstanceOf(RefusedError);
    expect(refused.message).toMatch(sentence);
    expect(refused.remedy).toContain("pulumi config set --path restore.allowRole admin");
    await admit(path, { overrides: { allowRole: "admin" } });
  });

  it("a user cluster with a namespace of its own name is none", async () => {
    const other = object(30n, "/registry/configmaps/uc1/settings", "ConfigMap", "uc1", "settings");
    const path = writeSnapshot(directory, "ns.db", { records: [...kubernetesRecords(3), other] });
    expect((await admit(path)).warnings).toEqual([]);
  });
});

describe("rows 22, 24, 27: a backup of ours", () => {
  const root = join(directory, "store");
  const manifestOf = async (path: string, time: string): Promise<NewManifest> => {
    const facts = await readSnapshotFacts(path);
    const file = { bytes: facts.sizeBytes, sha256: facts.sha256 };
    return {
      formatVersion: 2,
      cluster: "uc1",
      profile: "gdc-kubeception",
      generation: time,
      time,
      toolVersion: "1",
      kubeSystemUid: KUBE_SYSTEM_UID,
      etcd: { clusterId: "1", version: "3.6.14", members: ["m"], savedFrom: "m", revision: facts.revision },
      snapshot: { file: "snapshot.db", encoding: "identity", plain: file, stored: file },
      census: { ...facts.census },
      encryption: [],
    };
  };
  const put = async (time: string, records = 20) => {
    const path = writeSnapshot(directory, "put.db", { records: kubernetesRecords(records) });
    const { content } = await keyList([]);
    return putBackup(new DirectoryStore(root), fileContent(path), content, await manifestOf(path, time));
  };
  let minute = 40;
  const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

  it("row 24: warns of a newer backup, with both ages, and knows the member's exact version", async () => {
    const older = await put(ago(200));
    const newer = await put(ago(12), 25);
    const { warnings, snapshot } = await admit(older.snapshot);
    expect(snapshot.etcdVersion).toBe("3.6.14");
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /was taken 3 h 20 min ago; the store has 1 newer backup\(s\) of uc1, the newest 12 min old and 5 revisions further/,
    );
    expect(warnings[0]).toContain(`pulumi config set --path restore.snapshot '${newer.snapshot}'`);
    expect((await admit(newer.snapshot)).warnings).toEqual([]);
  });

  it("row 24: warns of a very old one", async () => {
    const path = (await put(ago(60 * 24 * 30))).snapshot;
    const alone = join(directory, "alone");
    mkdirSync(alone);
    for (const file of ["snapshot.db", "manifest.json"])
      copyFileSync(join(dirname(path), file), join(alone, file));
    expect((await admit(join(alone, "snapshot.db"))).warnings).toEqual([
      expect.stringContaining("was taken 30 d 0 h ago"),
    ]);
  });

  it("row 22: refuses a backup of another cluster by its name, unless its UID was asked for", async () => {
    const { snapshot } = await put(ago(3), 26);
    const other = { ...cluster, name: "uc2", namespace: "uc2" };
    const refused = await refusal(admit(snapshot, { cluster: other }));
    expect(refused.message).toMatch(
      /it is a backup of cluster uc1, this stack restores uc2.*restore.clusterUid/,
    );
    await admit(snapshot, { cluster: other, clusterUid: KUBE_SYSTEM_UID });
  });

  type Change = (manifest: BackupManifest) => object;
  it.each<[string, Change, RegExp]>([
    [
      "of another file",
      ({ snapshot }) => ({ snapshot: { ...snapshot, plain: { ...snapshot.plain, sha256: "0".repeat(64) } } }),
      /SHA-256 0+, the file's is/,
    ],
    [
      "with another revision",
      ({ etcd }) => ({ etcd: { ...etcd, revision: "7" } }),
      /revision 7, the file's is/,
    ],
    ["with another identity", () => ({ kubeSystemUid: "x" }), /UID of kube-system x/],
    ["with another census", () => ({ census: { Secret: 4000 } }), /altered: census\./],
    ["with other keys", () => ({ encryption: [{ provider: "kms", keyName: "k" }] }), /altered: encryption\./],
    [
      "of another format",
      () => ({ formatVersion: 5 }),
      /not a manifest of this program: it has other values of formatVersion\./,
    ],
  ])("row 27: refuses a manifest %s", async (_, change, sentence) => {
    const backup = await put(ago(minute++), 30);
    const manifest = JSON.parse(readFileSync(backup.manifest, "utf8")) as BackupManifest;
    writeFileSync(backup.manifest, JSON.stringify({ ...manifest, ...change(manifest) }));
    const refused = await refusal(admit(backup.snapshot));
    expect(refused).toBeInstanceOf(RefusedError);
    expect(refused.message).toMatch(sentence);
    expect(refused.remedy).toContain("copy it out of the store");
  });

  it("row 27: refuses a manifest that is no JSON; a missing one is worth a word in the store alone", async () => {
    const backup = await put(ago(1), 31);
    writeFileSync(backup.manifest, "{");
    expect((await refusal(admit(backup.snapshot))).message).toContain("not JSON");
    rmSync(backup.manifest);
    expect((await admit(backup.snapshot)).warnings).toEqual([expect.stringContaining("was never finished")]);
    expect((await admit(good)).warnings).toEqual([]);
    writeFileSync(join(directory, "manifest.json"), '{"name": "of something else"}');
    expect((await admit(good)).warnings).toEqual([]);
  });
});

describe("row 48: paths", () => {
  it.each(["with space", "quote'd\"", "semi;colon && $(touch x) `y`", "-leading", "ünïcødé-雪", "star*?[a]"])(
    "%s are read as they are",
    async (name) => {
      mkdirSync(join(directory, name), { recursive: true });
      const path = join(directory, name, "-snap.db");
      copyFileSync(good, path);
      expect((await admit(path)).snapshot.path).toBe(path);
    },
  );
});

it("keeps every override in one line for the ledger", () => {
  expect(
    overridesText({
      allowVersion: "3.6.0",
      allowUnhashed: true,
      allowEncryption: ["kms:a", "aescbc:b"],
      clusterUid: "u",
    }),
  ).toBe("allowEncryption=kms:a,aescbc:b allowUnhashed=true allowVersion=3.6.0 clusterUid=u");
  expect(overridesText({ allowUnhashed: false })).toBe("");
});
