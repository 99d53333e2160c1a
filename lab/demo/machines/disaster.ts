import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ControlPlaneName } from "../../lab";
import { waitUntil } from "../../waiting";
import { pkiDirectory } from "./machineFiles";
import type { MachineScene } from "./machineScene";

/** Ruins etcd's data and removes the keys of every machine while it runs. Returns when nobody answers any more. */
export async function ruin(scene: MachineScene): Promise<void> {
  const { account, lab, machines, api } = scene;
  const { etcd } = await lab.controlPlane();
  const script = await readFile(join(__dirname, "ruin.sh"), "utf8");
  const ruinOne = (machine: ControlPlaneName) =>
    lab.onMachine(machine, ["sh", "-s", "--", etcd.dataDirectory, pkiDirectory], {
      input: script,
    });
  await Promise.all(machines.map(ruinOne));
  account.say(`on ${machines.join(", ")}: garbage over etcd's database and log, and rm -r ${pkiDirectory}`);
  await waitUntil({ what: "the API to answer no more", timeoutSeconds: 120 }, async () => {
    return !(await api.answers("/api/v1/namespaces/kube-system"));
  });
  account.say("the cluster does not answer any more");
}
