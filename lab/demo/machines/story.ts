import { writeLater } from "../businessObjects";
import { rewrittenReport } from "../keyReport";
import { outageSeconds } from "../measured";
import { elapsedSeconds } from "../scene";
import { awaitLeaders } from "../settling";
import { finalize, quarantinedIn, restoreConfig, secondUp } from "./carriedOut";
import { tryChangedHostKeys } from "./changedHostKey";
import { ruin } from "./disaster";
import { proveNothingLeft } from "./leftBehind";
import { areServed, type MachineReport } from "./machineReport";
import type { MachineScene } from "./machineScene";
import { probed, tellHosted } from "./probed";
import { type BackedUp, backUp, fill } from "./prologue";
import { awaitMirrorPods, proveKeys, proveMembers, provePki } from "./proof";
import { rewrittenMachineKeys } from "./rewrittenMachineKeys";

/** How the stories of one machine and of three differ. */
export interface Telling {
  /** Of the restore. */
  readonly id: string;
  /** Carries out the restore of the selected stack, to its end; says how many updates it took. */
  readonly restore: (scene: MachineScene) => Promise<number>;
}

/** Tells the whole story: backup, a changed host key, disaster, restore, proof. Chapters 2 to 7. */
export async function tellStory(scene: MachineScene, { id, restore }: Telling): Promise<MachineReport> {
  const { account, api } = scene;
  account.chapter("2. A cluster with something to lose");
  await fill(scene);
  account.chapter("3. Backup, of data and keys");
  const backedUp = await backUp(scene);
  account.chapter("4. A changed host key");
  const changedHostKeyRefused = await tryChangedHostKeys(scene, backedUp);
  account.chapter("5. Disaster, and restore");
  account.say(`after the backup: ${await writeLater(api)}`);
  const stack = `restore-${id}`;
  await scene.stacks.create(stack, restoreConfig(id, backedUp), {
    secrets: { "restore.pki.identity": backedUp.identity },
  });
  const { result, outage, userClusters } = await probed(scene, async () => {
    await ruin(scene);
    const startedAt = performance.now();
    account.say(`pulumi up --stack ${stack}`);
    const updates = await restore(scene);
    return { updates, restoreSeconds: Math.round((performance.now() - startedAt) / 100) / 10 };
  });
  account.figure("restore", `${result.restoreSeconds} s`, `${result.updates} times pulumi up`);
  account.figure("outage", `${outageSeconds(outage)} s`, "from the disaster on");
  tellHosted(account, userClusters);
  account.chapter("6. Proof");
  const proof = await prove(scene, backedUp, { id, stack });
  return {
    ...result,
    outageSeconds: outageSeconds(outage),
    changedHostKeyRefused,
    userClustersServed: areServed(userClusters),
    userClusters,
    ...proof,
    plugins: await scene.lab.plugins(),
    rewrittenKeys: rewrittenReport(rewrittenMachineKeys),
    elapsedSeconds: elapsedSeconds(scene),
  };
}

async function prove(
  scene: MachineScene,
  backedUp: BackedUp,
  { id, stack }: { readonly id: string; readonly stack: string },
) {
  const touched = await secondUp(scene);
  await awaitLeaders(scene.api);
  await awaitMirrorPods(scene);
  const keys = await proveKeys(scene, backedUp);
  const members = await proveMembers(scene);
  const pkiDifferences = await provePki(scene, backedUp);
  const quarantined = await quarantinedIn(scene);
  await scene.stacks.remove(stack);
  await finalize(scene, id);
  const left = await proveNothingLeft(scene, backedUp);
  return {
    ...{ secondUp: touched, ...keys, members, pkiIdentical: pkiDifferences.length === 0, pkiDifferences },
    ...{ quarantined, ...left },
  };
}
