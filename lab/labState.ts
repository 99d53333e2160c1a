import { readFile } from "node:fs/promises";
import { UserError } from "../components/errors";
import { replaceFile } from "./files";
import type { MachineName, UserCluster, WorkerName } from "./lab";
import type { LabDirectory } from "./labDirectory";
import type { CgroupLayout } from "./machines/cgroupLayout";
import type { ProcessIdentity } from "./machines/processes";

/** What another process must know to work with a lab; kept in `lab.json`. */
export interface LabState {
  readonly version: 2;
  readonly name: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** False until `up` has finished: a lab that was killed while it started cannot be used, only ended. */
  readonly ready: boolean;
  readonly toolsDirectory: string;
  readonly imageStore: string;
  readonly cgroups: CgroupLayout;
  readonly workers: readonly WorkerName[];
  readonly machines: Readonly<Partial<Record<MachineName, ProcessIdentity>>>;
  readonly userClusters: readonly UserCluster[];
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
  if (state?.version !== 2) {
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
