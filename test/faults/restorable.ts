import type { MachineName } from "../../lab/lab";
import type { FaultSwitch } from "../support/faults/faultSwitch";
import type { PulumiRun } from "../support/labStack";

/** What a control plane is judged by after an interrupted restore. */
export interface JudgedSituation {
  /** Names of the ConfigMaps that tell the data apart: "before" is in the snapshot, "after" was made later. */
  readonly objects: readonly string[];
}

/** A control plane whose restores meet faults, and the stacks that restore it. */
export interface Restorable {
  readonly faults: FaultSwitch;
  /** Machines that can lose their power; none where no member lives on one. */
  readonly machines: readonly MachineName[];
  /** Takes a machine's power. */
  powerOff(machine: MachineName): Promise<void>;
  powerOn(machine: MachineName): Promise<void>;
  /** Runs `pulumi`; faults that kill are aimed at it. */
  pulumi(...argv: string[]): Promise<PulumiRun>;
  /** Runs `pulumi` and expects success. */
  done(...argv: string[]): Promise<string>;
  /** A new restore stack of this id, selected. */
  restoreStack(id: string): Promise<void>;
  /** Ends what killed runs have left. */
  endProcesses(): Promise<void>;
  /** Phase of the ledger of restore `id`; empty when it has none. */
  phase(id: string): Promise<string>;
  /** `etcd-recovery undo` or `resume`. @throws Error when it fails */
  byLedger(command: "undo" | "resume", id: string): Promise<void>;
  /** Creates a marked object, and removes one. */
  put(name: string): Promise<void>;
  remove(name: string): Promise<void>;
  situation(): Promise<JudgedSituation>;
  /** What runs, and how far the ledger says that the restore came: the lab is gone when somebody reads it. */
  evidence(): Promise<string>;
  close(): Promise<void>;
}
