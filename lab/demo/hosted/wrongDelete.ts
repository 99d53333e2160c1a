import { removeStack, undoRestore } from "../../../automation/driver";
import { deleteNamespace, describeNamespace, writeLater } from "../businessObjects";
import type { KeyDump } from "../keyDump";
import { describeProbes, measured, outageSeconds } from "../measured";
import { carryOut, showPreview } from "../restoring";
import { updateOptions } from "../scene";
import type { ActReport } from "./hostedReport";
import { type HostedScene, restoreSettings } from "./hostedScene";
import { find, prove } from "./proof";

/**
 * Act 1: a healthy cluster, later writes, then somebody deletes a namespace. Its deletion is still under way when the
 * restore begins, and a second namespace is deleted in the very moment in which the restore begins to stop things.
 */
export async function wrongDelete(
  scene: HostedScene,
  snapshot: string,
  keys: KeyDump,
): Promise<ActReport & { readonly outageSeconds: number; readonly controllersSeconds: number }> {
  const { account, api } = scene;
  const stack = `restore-${scene.cluster.name}-wrong-delete`;
  account.say(`after the backup: ${await writeLater(api)}`);
  await deleteNamespace(api, "orders");
  account.say(`kubectl delete namespace orders   (by mistake): ${await describeNamespace(api, "orders")}`);
  const found = await find(scene);
  const settings = restoreSettings(scene, {
    id: "wrong-delete",
    snapshot,
    reason: "namespace orders was deleted by mistake",
  });
  await showPreview(scene, stack, settings);

  let second: Promise<void> | undefined;
  let controllersAt = Number.NaN;
  const { result: carried, outage } = await measured(scene, () =>
    carryOut(scene, stack, settings, (step) => {
      if (step === "restore-start-controllers") controllersAt = performance.now();
      if (step !== "restore-save-pdb") return;
      second = deleteNamespace(api, "billing").then(async () =>
        account.quote(`         meanwhile: kubectl delete namespace billing`),
      );
    }),
  );
  if (second === undefined) throw new Error("the restore had no step restore-save-pdb");
  await second;
  account.figure("whole pulumi up", `${carried.result.seconds.toFixed(1)} s`);
  const [from, to] = [outage.from, outage.to].map((moment) =>
    ((moment - carried.startedAt) / 1000).toFixed(1),
  );
  account.figure("outage", `${outageSeconds(outage)} s`, `from ${from} s to ${to} s`);
  const controllersSeconds = Math.round((controllersAt - outage.to) / 10) / 100;
  account.figure("controllers at work", `${controllersSeconds} s`, "after the outage's end");
  account.say(describeProbes(outage));
  const report = await prove(scene, keys, found, carried);
  for (const name of ["orders", "billing", "later"]) {
    account.say(`namespace ${name}: ${await describeNamespace(api, name)}`);
  }
  await undoRestore(updateOptions(scene, stack));
  await removeStack(updateOptions(scene, stack));
  account.say("pulumi destroy, pulumi stack rm: the restore's own Pods are gone");
  return { ...report, outageSeconds: outageSeconds(outage), controllersSeconds };
}
