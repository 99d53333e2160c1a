import * as fs from "node:fs";
import * as path from "node:path";
import { etcdInPods } from "../../components/hosted/etcdInPods";
import { gdcKubeception } from "../../components/profiles/gdcKubeception";
import { ActScene } from "../../test/support/actScene";
import { DirectoryVolumes } from "../../test/support/directoryVolumes";
import { etcdctlProcess } from "../../test/support/etcdctlProcess";
import { FakeApi } from "../../test/support/fakeApi";
import { writeMemberScripts } from "../../test/support/memberVolume";
import type { Members } from "./members";
import type { Ground } from "./ways";

const namespace = "bench";
const pods = `/api/v1/namespaces/${namespace}/pods`;
const BUMP = "1000000000";

/**
 * Our restore with the id `id`: the acts that work on the members and ask etcd, as the steps of a stack run them. The
 * volumes are directories with the members' own scripts, etcd's client is a process; what is not etcd, the ledger and the
 * servers and controllers around it, is in memory and takes no time.
 */
export class OurRestore {
  private readonly scene: ActScene;

  constructor(
    private readonly ground: Ground,
    id: string,
  ) {
    const { members, snapshot, directory, shell, path: tools } = ground;
    const volumes = new DirectoryVolumes({
      directories: Object.fromEntries(members.all.map(({ name, volume }) => [name, volume])),
      scripts: writeMemberScripts(path.join(directory, "scripts")),
      shell,
      path: `${tools}:${process.env.PATH}`,
      // The way through the network is a pipe here, so nothing is packed.
      codecs: [],
    });
    this.scene = new ActScene({ volumes, ...clientOf(members, path.join(tools, "etcdctl")) });
    this.scene.id = id;
    const { bytes: sizeBytes, sha256, contentSha256: end } = snapshot;
    this.scene.request = { snapshot: { path: snapshot.path, sizeBytes, sha256, end, revision: "1" } };
    this.scene.ledger({ phase: "open", snapshot: sha256, revision: "1", liveRevision: "1", bump: BUMP });
  }

  async transfer(): Promise<void> {
    await this.scene.each("transfer");
  }

  async stage(): Promise<void> {
    await this.scene.each("stage");
  }

  /** The members do not run. */
  async swap(): Promise<void> {
    this.scene.fake.setRecord({ ...this.scene.fake.record, phase: "quiesced" });
    this.scene.quiet();
    await this.scene.each("swap");
  }

  /** The act that waits until etcd answers; the processes have been started. */
  async waitForEtcd(): Promise<void> {
    await this.scene.done("scale-up-etcd");
  }

  async verify(): Promise<void> {
    await this.scene.done("verify-etcd");
  }

  /** Removes what a restore leaves on the volumes. */
  async clear(): Promise<void> {
    for (const { volume } of this.ground.members.all) {
      for (const name of fs.readdirSync(volume).filter((entry) => entry !== "member")) {
        await fs.promises.rm(path.join(volume, name), { recursive: true });
      }
    }
  }
}

/** The members as the acts know them, and etcd's client in what stands for their Pods. */
function clientOf({ all }: Members, etcdctl: string) {
  const members = all.map(({ name, client, peer }) => {
    return { name, clientUrl: client, peerUrl: peer, claim: `data-${name}` };
  });
  const api = new FakeApi();
  for (const { name } of members) {
    api.put(pods, { metadata: { name } });
    api.logs.set(name, "");
  }
  const { statefulSet } = gdcKubeception.etcd;
  api.put(`/apis/apps/v1/namespaces/${namespace}/statefulsets`, { metadata: { name: statefulSet } });
  api.onExec = (options) => {
    const url = members.find(({ name }) => name === options.pod)?.clientUrl ?? "";
    return etcdctlProcess(options, etcdctl, url);
  };
  const names = { members: members.length, profile: gdcKubeception };
  return { members, etcd: etcdInPods({ client: api, namespace, names, members }) };
}
