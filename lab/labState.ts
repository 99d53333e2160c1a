import { readFile } from "node:fs/promises";
import { UserError } from "../components/errors";
import { replaceFile } from "./files";
import type { EtcdData, LabShape, MachineName, UserCluster, WorkerName } from "./lab";
import type { LabDirectory } from "./labDirectory";
import type { CgroupLayout } from "./machines/cgroupLayout";
import { machineNames } from "./machines/machineRoles";
import type { ProcessIdentity } from "./machines/processes";
import { shapes } from "./shapes";

/** What another process must know to work with a lab; kept in `lab.json`. */
export interface LabState {
  readonly version: 3;
  readonly name: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** False until `up` has finished: a lab that was killed while it started cannot be used, only ended. */
  readonly ready: boolean;
  readonly toolsDirectory: string;
  readonly imageStore: string;
  readonly cgroups: CgroupLayout;
  readonly shape: LabShape;
  readonly etcdMount: boolean;
  readonly workers: readonly WorkerName[];
  readonly machines: Readonly<Partial<Record<MachineName, ProcessIdentity>>>;
  readonly userClusters: readonly UserCluster[];
}

/** All machines of a lab, in the order in which they start. */
export function machineNamesOf(state: LabState): MachineName[] {
  return machineNames(shapes[state.shape].controlPlane, state.workers);
}

/** Where the members of the lab's control plane keep their data. */
export function etcdDataOf(state: LabState): EtcdData {
  return { ...shapes[state.shape].etcd, isMount: state.etcdMount };
}

/** Reads a lab's state; undefined when there is no such lab. Throws UserError when the file is not one of ours. */
export async function readState(lab: LabDirectory): Promise<LabState | undefined> {
  const text = await readFile(lab.stateFile, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  });
  if (text === undefined) {
    return undefined;
  }
  const state = parseJson(text);
  if (state?.version !== 3) {
    throw new UserError(
      `${lab.stateFile} was not written by this version of the lab.`,
      `Run: npm run lab -- down --name ${lab.name}`,
    );
  }
  return state;
}

function parseJson(text: string): LabState | undefined {
  try {
    return JSON.parse(text) as LabState;
  } catch {
    return undefined;
  }
}

export async function writeState(lab: LabDirectory, state: LabState): Promise<void> {
  await replaceFile(lab.stateFile, `${JSON.stringify(state, null, 2)}\n`);
}
