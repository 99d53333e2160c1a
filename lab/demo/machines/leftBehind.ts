import { readdir } from "node:fs/promises";
import type { MachineName } from "../../lab";
import { addedPaths } from "./machineFiles";
import type { MachineScene } from "./machineScene";
import { type BackedUp, listEverywhere } from "./prologue";

/**
 * What is documented to stay: the ledger (docs/reference/machines.md), and marks of a few bytes beside the data
 * (docs/explanation/previous-data.md).
 */
const stays = ["/etc/kubernetes/etcd-recovery", "/var/lib/etcd/.etcd-recovery"];

/** What is there after the restore and was not there before the backup, as `machine:path`. */
export interface Left {
  /** Not documented to stay, or with a private key in it; of the operator's side as `operator:path`. */
  readonly leftBehind: readonly string[];
  /** Files that are documented to stay. */
  readonly kept: readonly string[];
}

/** Lists every path on machines and jump host once more. */
export async function proveNothingLeft(scene: MachineScene, { files }: BackedUp): Promise<Left> {
  const { account, reached, stacks } = scene;
  const leftBehind: string[] = [];
  const kept: string[] = [];
  for (const [machine, paths] of await listEverywhere(scene)) {
    for (const path of addedPaths(files.get(machine) ?? new Set(), paths)) {
      if (stays.includes(path)) kept.push(...(await filesBelow(scene, machine, path)));
      else leftBehind.push(`${machine}:${path}`);
    }
    leftBehind.push(...(await withKeys(scene, machine)));
  }
  // The runtime of a checkout's program keeps its cache here too; what the program itself leaves has its name.
  const temporary = (await readdir(stacks.temporaryDirectory)).filter((name) =>
    name.startsWith("etcd-recovery"),
  );
  leftBehind.push(...temporary.map((name) => `operator:${name}`));
  account.check(
    leftBehind.length === 0,
    `left behind on ${reached.join(", ")} and here: ${leftBehind.join(", ") || "nothing"}`,
  );
  account.say(`documented to stay, and without a private key: ${kept.join(", ") || "nothing"}`);
  return { leftBehind, kept };
}

async function filesBelow({ lab }: MachineScene, machine: MachineName, path: string): Promise<string[]> {
  const { stdout } = await lab.onMachine(machine, ["find", path, "-type", "f"]);
  return lines(stdout).map((file) => `${machine}:${file}`);
}

async function withKeys({ lab }: MachineScene, machine: MachineName): Promise<string[]> {
  const { stdout } = await lab.onMachine(machine, ["grep", "-rl", "PRIVATE KEY", ...stays], {
    reject: false,
  });
  return lines(stdout).map((file) => `${machine}:${file}`);
}

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");
