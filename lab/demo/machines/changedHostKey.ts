import type { MachineName } from "../../lab";
import { restoreConfig } from "./carriedOut";
import { describeFiles, differingFiles, type MachineFiles } from "./machineFiles";
import type { MachineScene } from "./machineScene";
import { type BackedUp, listEverywhere } from "./prologue";

type Backup = Pick<BackedUp, "snapshot" | "identityFile">;

/**
 * Tries a restore with another host's key in the place of a machine's, then in the place of the jump host's. Returns
 * whether both were refused with the reason before anything was changed.
 */
export async function tryChangedHostKeys(scene: MachineScene, backedUp: Backup): Promise<boolean> {
  const { lab, machines } = scene;
  const { hosts, jump } = await lab.controlPlane();
  const [machine] = machines;
  const [host] = hosts;
  if (machine === undefined || host === undefined) throw new Error("the lab's control plane has no machine");
  const node = await isRefused(scene, backedUp, machine, jump.hostKey);
  const hop = await isRefused(scene, backedUp, jump.name, host.hostKey);
  return node && hop;
}

async function isRefused(
  scene: MachineScene,
  backedUp: Backup,
  host: MachineName,
  hostKey: string,
): Promise<boolean> {
  const { account, stacks } = scene;
  const stack = `changed-key-${host}`;
  const config = restoreConfig(stack, backedUp);
  const before = await look(scene);
  await stacks.create(stack, { ...config, "restore.reason": "a try" }, { hostKeys: { [host]: hostKey } });
  account.say(`pulumi up --stack ${stack}   (pinned: another key than the one that ${host} shows)`);
  const { exitCode, screen } = await stacks.run(["up", "--yes", "--skip-preview"]);
  const sentence = refusalIn(screen);
  account.quote(sentence ?? screen);
  const changed = differingFiles(before, await look(scene));
  const holds = exitCode !== 0 && sentence !== undefined && changed.length === 0;
  account.check(
    holds,
    holds ? "refused, and nothing was changed" : `changed: ${changed.join(", ") || "nothing"}`,
  );
  await stacks.remove(stack);
  return holds;
}

/** Every path on the machines and the jump host, and what lies below a control plane's own directory. */
async function look(scene: MachineScene): Promise<MachineFiles> {
  const seen = new Map<string, string>();
  for (const [machine, paths] of await listEverywhere(scene))
    for (const path of paths) seen.set(`${machine}:${path}`, "");
  for (const machine of scene.machines)
    for (const [path, what] of await describeFiles(scene.lab, machine, "/etc/kubernetes"))
      seen.set(`${machine}:${path}`, what);
  return seen;
}

/** The sentence with which a changed host key is refused, in what `pulumi` showed. */
export function refusalIn(screen: string): string | undefined {
  return /(?:machine|jump host) \S.*shows the \S+ host key SHA256:\S+, not the one.*$/m
    .exec(screen)?.[0]
    .trim();
}
