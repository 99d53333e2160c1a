import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { etcdInPods } from "../../components/hosted/etcdInPods";
import { membersOf } from "../../components/hosted/hostedCluster";
import { readLiveEtcd } from "../../components/preview/liveEtcd";
import { gdcKubeception } from "../../components/profiles/gdcKubeception";
import { provideTools } from "../../lab/tools/provideTools";
import { provideDebianEtcd } from "../support/debianEtcd";
import { etcdctlProcess } from "../support/etcdctlProcess";
import { EtcdServer } from "../support/etcdServer";
import { FakeApi } from "../support/fakeApi";
import { scratchDirectory } from "../support/testSnapshot";

const names = { members: 3, profile: gdcKubeception };
const members = membersOf(names);
const memberNames = members.map(({ name }) => name);

/** Keys that a shell or an option parser would take apart, and keys that begin with one another. */
const strange = [
  "-dash",
  "a b;'c",
  "/registry/\u00fcml\u00e4ut",
  "/registry/a",
  "/registry/a/b",
  "/registry/ab",
];

describe.each([
  { version: "3.6", provide: async () => provideOwn() },
  { version: "3.4", provide: provideDebianEtcd },
])("faults row 13: the keys of a running etcd $version", ({ provide }) => {
  const directory = scratchDirectory();
  const api = new FakeApi();
  const etcd = etcdInPods({ client: api, namespace: "uc1", names, members });
  let server: EtcdServer;

  beforeAll(async () => {
    const tools = await provide();
    server = await EtcdServer.start(tools, path.join(directory, "data"));
    // kube-etcd-0 and kube-etcd-2 have no Pod
    api.put("/api/v1/namespaces/uc1/pods", { metadata: { name: "kube-etcd-1" } });
    api.onExec = (options) => etcdctlProcess(options, tools.etcdctl, server.url);
  }, 900_000);

  afterAll(async () => {
    await server.stop();
    fs.rmSync(directory, { recursive: true });
  });

  test("all of them, each with the revision of its last write, over several pages", async () => {
    for (const key of strange) await server.put(key, "1");
    await server.put("/registry/a", "2");
    await server.ctl("del", "/registry/ab");
    const { member, revision, keys } = await readLiveEtcd(memberNames, etcd, 2);
    expect({ member, revision }).toEqual({ member: "kube-etcd-1", revision: 9 });
    expect([...keys].sort()).toEqual(
      [
        ["-dash", 2n],
        ["/registry/a", 8n],
        ["/registry/a/b", 6n],
        ["/registry/\u00fcml\u00e4ut", 4n],
        ["a b;'c", 3n],
      ].sort(),
    );
  });

  test("members that are late once are asked again before none is taken to answer", async () => {
    let asked = 0;
    const late: typeof etcd.run = async (...of) => {
      asked += 1;
      const failure = { code: 1, stdout: "", stderr: "Error: context deadline exceeded" };
      return asked <= memberNames.length ? failure : etcd.run(...of);
    };
    expect(await readLiveEtcd(memberNames, { run: late })).toMatchObject({ member: "kube-etcd-1" });
  });

  test("no member that answers is an error with a reason", async () => {
    api.objects.clear();
    await expect(readLiveEtcd(memberNames, etcd)).rejects.toThrow(
      /^no etcd member answers: kube-etcd-0: .*not found/,
    );
  });
});

async function provideOwn(): Promise<{ etcd: string; etcdctl: string }> {
  const tools = await provideTools({ only: ["etcd", "etcdctl"] });
  return { etcd: tools.path("etcd"), etcdctl: tools.path("etcdctl") };
}
